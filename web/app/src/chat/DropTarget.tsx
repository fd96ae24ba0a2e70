import type { ReactNode } from "react"
import { useDropzone } from "react-dropzone"
import { useTranslation } from "react-i18next"
import classes from "./Chat.module.css"
import { Glyph } from "./Glyph.tsx"
import { MAX_FILE_BYTES, MAX_FILES, sizeText } from "./model/files.ts"

interface Props {
  onFiles: (files: File[]) => void
  onEnd: () => void
}

/** Over the chat while a file is held above it. */
export default function DropTarget({ onFiles, onEnd }: Props): ReactNode {
  const { t, i18n } = useTranslation("chat")
  const { getRootProps } = useDropzone({
    noClick: true,
    noKeyboard: true,
    onDragLeave: onEnd,
    onDrop: (files) => {
      onFiles(files)
      onEnd()
    },
  })
  return (
    <div {...getRootProps({ className: classes.drop, tabIndex: undefined, role: undefined })}>
      <Glyph name="attach" size={32} />
      <strong>{t("upload.drop")}</strong>
      <span>{t("composer.attach_limit", { count: MAX_FILES, size: sizeText(MAX_FILE_BYTES, i18n.language) })}</span>
    </div>
  )
}

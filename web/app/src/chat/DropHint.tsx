import type { ReactNode } from "react"
import { useTranslation } from "react-i18next"
import classes from "./Chat.module.css"
import { Glyph } from "./Glyph.tsx"
import { MAX_FILE_BYTES, MAX_FILES, sizeText } from "./model/files.ts"

/** Over the messages while a file is held above them. */
export function DropHint(): ReactNode {
  const { t, i18n } = useTranslation("chat")
  return (
    <div className={classes.drop}>
      <Glyph name="attach" size={32} />
      <strong>{t("upload.drop")}</strong>
      <span>{t("composer.attach_limit", { count: MAX_FILES, size: sizeText(MAX_FILE_BYTES, i18n.language) })}</span>
    </div>
  )
}

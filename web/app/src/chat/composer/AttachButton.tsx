import { ActionIcon } from "@mantine/core"
import { type ReactNode, useRef } from "react"
import { useTranslation } from "react-i18next"
import { Glyph } from "../Glyph.tsx"
import { MAX_FILE_BYTES, MAX_FILES, sizeText } from "../model/files.ts"

/** Chooses files, and says before that how many and how large they may be. */
export function AttachButton({ onFiles }: { onFiles: (files: File[]) => void }): ReactNode {
  const { t, i18n } = useTranslation("chat")
  const input = useRef<HTMLInputElement>(null)
  const limit = t("composer.attach_limit", { count: MAX_FILES, size: sizeText(MAX_FILE_BYTES, i18n.language) })
  return (
    <>
      <input
        ref={input}
        type="file"
        multiple
        hidden
        data-files
        onChange={(event) => {
          onFiles([...(event.target.files ?? [])])
          event.target.value = ""
        }}
      />
      <ActionIcon
        size={40}
        radius="xl"
        aria-label={`${t("composer.attach")}. ${limit}`}
        title={limit}
        onClick={() => input.current?.click()}
      >
        <Glyph name="attach" />
      </ActionIcon>
    </>
  )
}

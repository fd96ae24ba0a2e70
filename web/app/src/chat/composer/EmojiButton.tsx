import { ActionIcon } from "@mantine/core"
import { lazy, type ReactNode, Suspense, useState } from "react"
import { useTranslation } from "react-i18next"
import { Glyph } from "../Glyph.tsx"

const EmojiPopover = lazy(() => import("../dialogs/EmojiPopover.tsx"))

/** Puts an emoji into the text. */
export function EmojiButton({ onEmoji }: { onEmoji: (emoji: string) => void }): ReactNode {
  const { t } = useTranslation("chat")
  const [at, setAt] = useState<{ x: number; y: number } | null>(null)
  return (
    <>
      <ActionIcon
        size={40}
        radius="xl"
        aria-label={t("composer.emoji")}
        aria-haspopup="dialog"
        onClick={(event) => {
          const { left, top } = event.currentTarget.getBoundingClientRect()
          setAt({ x: left, y: top })
        }}
      >
        <Glyph name="smile" />
      </ActionIcon>
      {at !== null && (
        <Suspense>
          <EmojiPopover at={at} onClose={() => setAt(null)} onEmoji={onEmoji} />
        </Suspense>
      )}
    </>
  )
}

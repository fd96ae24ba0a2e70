import "../../styles-overlays.ts"
import { Loader, Popover } from "@mantine/core"
import { lazy, type ReactNode, Suspense } from "react"
import { useTranslation } from "react-i18next"
import { useReturnFocus } from "./useReturnFocus.ts"

const EmojiPicker = lazy(() => import("./EmojiPicker.tsx"))

interface Props {
  /** Where on the screen. */
  at: { x: number; y: number }
  onEmoji: (emoji: string) => void
  onClose: () => void
}

/** All emoji, beside what asked for them. The picker and its data are loaded when it is first opened. */
export default function EmojiPopover({ at, onEmoji, onClose }: Props): ReactNode {
  const { t } = useTranslation("chat")
  useReturnFocus()
  return (
    <Popover
      opened
      onChange={(opened) => !opened && onClose()}
      position="top"
      trapFocus
      withRoles={false}
      middlewares={{ flip: true, shift: { padding: 8 } }}
      transitionProps={{ duration: 0 }}
    >
      <Popover.Target>
        <span style={{ position: "fixed", left: at.x, top: at.y }} />
      </Popover.Target>
      <Popover.Dropdown p={0} role="dialog" aria-label={t("emoji.label")}>
        <Suspense fallback={<Loader m="xl" aria-label={t("emoji.loading")} />}>
          <EmojiPicker
            onEmoji={(emoji) => {
              onClose()
              onEmoji(emoji)
            }}
          />
        </Suspense>
      </Popover.Dropdown>
    </Popover>
  )
}

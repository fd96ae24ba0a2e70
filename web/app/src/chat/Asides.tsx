import { lazy, type ReactNode, Suspense } from "react"
import { useTranslation } from "react-i18next"
import { Confirm } from "../components/Confirm.tsx"
import { EmojiPopover } from "./dialogs/EmojiPopover.tsx"
import { MessageMenu } from "./dialogs/MessageMenu.tsx"
import type { Doing } from "./useActions.ts"

const InfoDialog = lazy(() => import("./dialogs/InfoDialog.tsx"))

/** What is open beside a message: its menu, a picker, what is known of it, the question before it is deleted. */
export function Asides({ doing, onCopied }: { doing: Doing; onCopied: (copied: boolean) => void }): ReactNode {
  const { t } = useTranslation("chat")
  const { aside, actions, close, open, remove } = doing
  if (aside === null) return null
  const { entry } = aside
  const onClose = () => close(aside)
  if (aside.kind === "menu")
    return (
      <MessageMenu
        entry={entry}
        at={aside.at}
        onClose={onClose}
        onInfo={() => open({ kind: "info", entry })}
        onCopied={onCopied}
      />
    )
  if (aside.kind === "pick")
    return <EmojiPopover at={aside.at} onClose={onClose} onEmoji={(emoji) => actions.react(entry, emoji)} />
  if (aside.kind === "info")
    return (
      <Suspense>
        <InfoDialog entry={entry} onClose={onClose} />
      </Suspense>
    )
  return (
    <Confirm
      opened
      title={t("delete_title")}
      text={t("delete_text")}
      action={t("actions.delete")}
      onConfirm={async () => remove(entry)}
      onClose={onClose}
    />
  )
}

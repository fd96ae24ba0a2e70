import { lazy, type ReactNode, Suspense } from "react"
import { useTranslation } from "react-i18next"
import type { Doing } from "./useActions.ts"

const Confirm = lazy(() => import("../components/Confirm.tsx").then(({ Confirm }) => ({ default: Confirm })))
const EmojiPopover = lazy(() => import("./dialogs/EmojiPopover.tsx"))
const InfoDialog = lazy(() => import("./dialogs/InfoDialog.tsx"))
const MessageMenu = lazy(() => import("./dialogs/MessageMenu.tsx"))

interface Props {
  doing: Doing
  /** Told whether something was copied. */
  onCopied: (copied: boolean) => void
}

/** What is open beside a message: its menu, a picker, what is known of it, the question before it is deleted. */
export function Asides(props: Props): ReactNode {
  return (
    <Suspense>
      <Aside {...props} />
    </Suspense>
  )
}

function Aside({ doing, onCopied }: Props): ReactNode {
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
  if (aside.kind === "info") return <InfoDialog entry={entry} onClose={onClose} />
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

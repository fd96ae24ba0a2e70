import { Button } from "@mantine/core"
import { type ReactNode, useState } from "react"
import { useTranslation } from "react-i18next"
import { explain } from "../../components/ErrorText.tsx"
import { conversationTitle, peerOf } from "../../state/summaries.ts"
import { useChat } from "../context.ts"
import classes from "./ClosedComposer.module.css"

/** Instead of the composer, where nothing can be said: why. */
export function ClosedComposer({ reason }: { reason: string }): ReactNode {
  const { t } = useTranslation("chat")
  const known = reason === "removed" || reason === "left" || reason === "deleted" || reason === "ended"
  return (
    <div className={classes.closed} role="status">
      {t(`composer.gone.${known ? reason : "unknown"}`)}
    </div>
  )
}

/** One has blocked the other, and so neither writes. */
export function BlockedComposer(): ReactNode {
  const { summary, me, rest } = useChat()
  const { t } = useTranslation("chat")
  const { t: common } = useTranslation("common")
  const [error, setError] = useState<unknown>(null)
  const [busy, setBusy] = useState(false)
  const peer = summary && peerOf(summary, me)
  if (summary === undefined || peer === undefined) return null
  const unblock = async () => {
    setBusy(true)
    setError(null)
    try {
      await rest.unblock(peer.user)
    } catch (failure) {
      setError(failure)
    }
    setBusy(false)
  }
  return (
    <div className={classes.closed}>
      <span role="status">{t("composer.blocked", { name: conversationTitle(summary, me) })}</span>
      <Button size="compact-md" variant="light" loading={busy} onClick={() => void unblock()}>
        {t("composer.unblock")}
      </Button>
      {error !== null && <span role="alert">{explain(common, error)}</span>}
    </div>
  )
}

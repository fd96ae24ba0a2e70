import { VisuallyHidden } from "@mantine/core"
import type { Message } from "@parley/sdk"
import { type ReactNode, useEffect, useState } from "react"
import { useTranslation } from "react-i18next"
import { useChat, useNames } from "./context.ts"
import { countsAsUnread } from "./model/unread.ts"

/** What comes in within this time is announced together. */
const BATCH_MS = 1500
const SPOKEN = 200

/** Announces what others have just said to screen readers; the list itself keeps silent. */
export function Arrivals(): ReactNode {
  const text = useText(useArrived())
  return (
    <VisuallyHidden role="status" data-arrivals>
      {text}
    </VisuallyHidden>
  )
}

/** New messages as the client tells of them, batch by batch. */
function useArrived(): readonly Message[] {
  const { conversation, client, me } = useChat()
  const [batch, setBatch] = useState<readonly Message[]>([])
  useEffect(() => {
    let arrived: Message[] = []
    let timer: number | undefined
    const tell = () => {
      setBatch(arrived)
      arrived = []
      timer = undefined
    }
    const stop = client.on((event) => {
      if (event.event !== "message" || event.conversation !== conversation) return
      const isNew = (event.message.cause ?? null) === null
      if (!isNew || !countsAsUnread(event.message, me)) return
      arrived.push(event.message)
      timer ??= window.setTimeout(tell, BATCH_MS)
    })
    return () => {
      stop()
      window.clearTimeout(timer)
    }
  }, [client, conversation, me])
  return batch
}

function useText(batch: readonly Message[]): string {
  const { t, i18n } = useTranslation("chat")
  const senders = [...new Set(batch.map((message) => message.sender))]
  const nameOf = useNames(senders)
  const [only] = batch
  if (only === undefined) return ""
  if (batch.length === 1)
    return t("arrived.one", { name: nameOf(only.sender), text: (only.text ?? t("attachment")).slice(0, SPOKEN) })
  const names = new Intl.ListFormat(i18n.language).format(senders.slice(0, 3).map(nameOf))
  return t("arrived.many", { count: batch.length, names })
}

import { VisuallyHidden } from "@mantine/core"
import type { Message, TimelineView } from "@parley/sdk"
import { type ReactNode, useEffect, useRef, useState } from "react"
import { useTranslation } from "react-i18next"
import { useChat, useNames } from "./context.ts"
import { countsAsUnread } from "./model/unread.ts"

/** What comes in within this time is announced together. */
const BATCH_MS = 1500
const SPOKEN = 200

/** Announces what others have just said to screen readers; the list itself keeps silent. */
export function Arrivals({ view }: { view: TimelineView }): ReactNode {
  const batch = useArrived(view)
  const text = useText(batch)
  return (
    <VisuallyHidden role="status" data-arrivals>
      {text}
    </VisuallyHidden>
  )
}

/** Those that were appended to the end of the conversation while it was shown, batch by batch. */
function useArrived({ messages, atEnd, loading }: TimelineView): readonly Message[] {
  const { me } = useChat()
  const [batch, setBatch] = useState<readonly Message[]>([])
  const told = useRef<number | null>(null)
  useEffect(() => {
    const newest = messages.at(-1)?.seq
    if (newest === undefined || !atEnd || loading !== null) return
    if (told.current === null) {
      told.current = newest
      return
    }
    const timer = window.setTimeout(() => {
      const after = told.current ?? 0
      told.current = Math.max(after, newest)
      const arrived = messages.filter((message) => message.seq > after && countsAsUnread(message, me))
      if (arrived.length > 0) setBatch(arrived)
    }, BATCH_MS)
    return () => window.clearTimeout(timer)
  }, [messages, atEnd, loading, me])
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

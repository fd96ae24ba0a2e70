import type { Virtualizer } from "@tanstack/react-virtual"
import { type RefObject, useEffect, useState } from "react"
import { noteRead } from "../../state/conversations.ts"
import { useAttention } from "../attention.ts"
import { useChat } from "../context.ts"
import type { Row } from "../model/rows.ts"
import { readUpTo } from "../model/unread.ts"

/** How much of a message has to be in view. */
const SHOWN_PX = 24

/** What is in view while somebody looks is read. Returns up to which message this window has been looked through. */
export function useReading(
  virtualizer: Virtualizer<HTMLDivElement, Element>,
  rows: readonly Row[],
  scroller: RefObject<HTMLDivElement | null>,
  settled: boolean,
): number {
  const { conversation, client, summary, me, compact } = useChat()
  const attentive = useAttention(() => scroller.current?.closest("[data-chat]"), compact)
  const visible = settled && attentive ? lastSeq(virtualizer, rows) : 0
  const read = summary === undefined ? 0 : (readUpTo(summary, me) ?? 0)
  const [seen, setSeen] = useState(0)
  useEffect(() => {
    if (visible > seen) setSeen(visible)
  }, [visible, seen])
  useEffect(() => {
    if (visible <= read) return
    client.read(conversation, visible)
    noteRead(conversation, visible)
  }, [visible, read, client, conversation])
  useUnmarking(attentive && settled)
  return Math.max(seen, read)
}

/** Opened and looked at, it needs no reminder any more; one that is set while it is open stays. */
function useUnmarking(looked: boolean): void {
  const { conversation, summary, rest } = useChat()
  const [marked] = useState(summary?.marked_unread === true)
  useEffect(() => {
    if (marked && looked) rest.markRead(conversation).catch(() => undefined)
  }, [marked, looked, rest, conversation])
}

function lastSeq(virtualizer: Virtualizer<HTMLDivElement, Element>, rows: readonly Row[]): number {
  const bottom = (virtualizer.scrollOffset ?? 0) + (virtualizer.scrollRect?.height ?? 0) - SHOWN_PX
  for (const item of virtualizer.getVirtualItems().toReversed()) {
    const row = rows[item.index]
    if (row === undefined || item.start > bottom || (row.type !== "message" && row.type !== "system")) continue
    if (row.entry.seq !== null) return row.entry.seq
  }
  return 0
}

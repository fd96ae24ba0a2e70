/** What is unread, counted for the tab's title, its icon and the app's. */
import type { Summary } from "@parley/sdk"
import { newestFirst, useConversationStore } from "../state/conversations.ts"
import { usePage } from "../state/page.ts"
import { isMuted } from "../state/summaries.ts"
import { showBadge } from "./badge.ts"
import { takeDown } from "./worker.ts"

type Entries = ReturnType<typeof useConversationStore.getState>["entries"]

/** How many messages wait in conversations that are not muted; one that was marked unread waits as one. */
export function unreadOf(summaries: readonly Summary[], now: number): number {
  const heard = summaries.filter((summary) => !isMuted(summary, now))
  return heard.reduce((sum, { unread, marked_unread }) => sum + Math.max(unread, marked_unread ? 1 : 0), 0)
}

/** The conversations in which nothing is unread any more, or that have gone; or that nothing was known of before. */
export function readSince(before: Entries, now: Entries): Set<string> {
  const isRead = (entries: Entries, id: string) => entries.get(id)?.summary.unread === 0
  const read = Array.from(now.keys()).filter((id) => isRead(now, id) && !isRead(before, id))
  const gone = Array.from(before.keys()).filter((id) => !now.has(id))
  return new Set([...read, ...gone])
}

/**
 * Keeps count from now on, and takes down notifications of what was read, here or on another device: once for all that
 * comes together.
 */
export function followUnread(): void {
  let followed: Entries = new Map()
  let due = false
  const catchUp = () => {
    due = false
    const { entries } = useConversationStore.getState()
    if (entries !== followed) follow(entries, followed)
    followed = entries
  }
  catchUp()
  useConversationStore.subscribe(() => {
    if (!due) queueMicrotask(catchUp)
    due = true
  })
}

function follow(entries: Entries, before: Entries): void {
  const unread = unreadOf(newestFirst(entries), Date.now())
  if (unread !== usePage.getState().unread) {
    usePage.setState({ unread })
    void showBadge(unread)
  }
  const read = readSince(before, entries)
  if (read.size > 0) void takeDown((id) => read.has(id))
}

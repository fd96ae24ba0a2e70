/** What is unread, counted for the tab's title, its icon and the app's. */
import type { Summary } from "@parley/sdk"
import { newestFirst, useConversationStore } from "../state/conversations.ts"
import { usePage } from "../state/page.ts"
import { isMuted } from "../state/summaries.ts"
import { showBadge } from "./badge.ts"
import { takeDown } from "./worker.ts"

/** How many messages wait in conversations that are not muted; one that was marked unread waits as one. */
export function unreadOf(summaries: readonly Summary[], now: number): number {
  const heard = summaries.filter((summary) => !isMuted(summary, now))
  return heard.reduce((sum, { unread, marked_unread }) => sum + Math.max(unread, marked_unread ? 1 : 0), 0)
}

type Entries = ReturnType<typeof useConversationStore.getState>["entries"]

/** Keeps count from now on, and takes down notifications of what was read, here or on another device. */
export function followUnread(): void {
  const follow = (entries: Entries) => {
    const unread = unreadOf(newestFirst(entries), Date.now())
    if (unread !== usePage.getState().unread) {
      usePage.setState({ unread })
      void showBadge(unread)
    }
    void takeDown((id) => entries.get(id)?.summary.unread === 0)
  }
  useConversationStore.subscribe(({ entries }, before) => entries !== before.entries && follow(entries))
  follow(useConversationStore.getState().entries)
}

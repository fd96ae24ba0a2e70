import type { Summary, Timeline, TimelineView } from "@parley/sdk"
import { useCallback, useEffect, useRef, useState } from "react"
import { isLookedAt } from "./attention.ts"
import type { Place } from "./list/place.ts"
import { countsAsUnread, firstUnread as firstUnreadOf, readUpTo, unreadFrom } from "./model/unread.ts"

export interface Opening {
  readonly place: Place | null
  readonly firstUnread: number | null
  /** Loads what is around, if it is not, and goes there. */
  goTo(seq: number): void
  goToEnd(): void
  goToFirstUnread(): void
  /** What was unread is done with. */
  forgetUnread(): void
}

/** Where the chat is opened: at the message of a link, else at the first unread one, else at the end. */
export function useOpening(
  timeline: Timeline,
  view: TimelineView,
  summary: Summary | undefined,
  me: string,
  around: number | undefined,
): Opening {
  const [place, setPlace] = useState<Place | null>(null)
  const [firstUnread, setFirstUnread] = useState<number | null>(null)
  const turn = useRef(-1)

  const go = useCallback(
    async (seq: number | "end", at: Place["at"], mark: boolean) => {
      turn.current += 1
      const mine = turn.current
      if (!holds(timeline, seq)) await timeline.open(seq)
      // Meanwhile one may have wanted to be somewhere else.
      if (turn.current === mine) setPlace({ turn: mine, at, mark })
    },
    [timeline],
  )

  const known = summary !== undefined
  const unread = summary === undefined ? null : unreadFrom(summary, me)
  const opened = useRef<number | "unread" | null>(null)
  useEffect(() => {
    if (around !== undefined && opened.current !== around) {
      opened.current = around
      void go(around, around, true)
    } else if (opened.current === null && known) {
      opened.current = "unread"
      if (unread !== null) setFirstUnread(unread)
      void go(unread ?? "end", unread === null ? "end" : "unread", false)
    }
  }, [around, known, unread, go])

  useUnattended(view, summary, me, firstUnread, setFirstUnread)

  const goTo = useCallback((seq: number) => void go(seq, seq, true), [go])
  return {
    place,
    firstUnread: firstUnread === null ? null : (firstUnreadOf(view.messages, firstUnread, me) ?? firstUnread),
    goTo,
    goToEnd: () => void go("end", "end", false),
    goToFirstUnread: () => firstUnread !== null && void go(firstUnread, "unread", false),
    forgetUnread: () => setFirstUnread(null),
  }
}

/** Whether what is loaded has it. The first of a range that does not begin at the start is not shown. */
function holds({ messages, atStart, atEnd }: Timeline, seq: number | "end"): boolean {
  if (seq === "end") return atEnd
  const first = messages[0]?.seq ?? Number.MAX_SAFE_INTEGER
  const last = messages.at(-1)?.seq ?? 0
  return (atStart ? first <= seq : first < seq) && (seq <= last || atEnd)
}

/** What comes in while nobody looks is unread from there on, even if the list follows it. */
function useUnattended(
  { messages, atEnd }: TimelineView,
  summary: Summary | undefined,
  me: string,
  firstUnread: number | null,
  set: (seq: number) => void,
): void {
  const last = useRef<number | null>(null)
  useEffect(() => {
    const before = last.current
    const newest = messages.at(-1)
    if (newest === undefined || !atEnd) return
    last.current = newest.seq
    if (before === null || newest.seq <= before || isLookedAt() || summary === undefined) return
    const arrived = messages.find((message) => message.seq > before && countsAsUnread(message, me))
    const read = readUpTo(summary, me) ?? 0
    if (arrived !== undefined && (firstUnread === null || firstUnread <= read)) set(arrived.seq)
  }, [messages, atEnd, summary, me, firstUnread, set])
}

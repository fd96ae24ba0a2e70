import type { Summary, Timeline, TimelineView } from "@parley/sdk"
import { useCallback, useEffect, useRef, useState } from "react"
import { useConnection } from "../state/connection.ts"
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

/**
 * Where the chat is opened: at the message of a link, else at the first unread one, else at the end. A small window,
 * which comes up because something was said, shows that.
 */
export function useOpening(
  timeline: Timeline,
  view: TimelineView,
  summary: Summary | undefined,
  me: string,
  around: number | undefined,
  compact: boolean,
): Opening {
  const [place, setPlace] = useState<Place | null>(null)
  const [firstUnread, setFirstUnread] = useState<number | null>(null)
  const turn = useRef(-1)
  /** Goes where one could not be brought. */
  const failed = useRef<(() => void) | null>(null)

  const go = useCallback(
    async (seq: number | "end", at: Place["at"], mark: boolean, asked: boolean) => {
      turn.current += 1
      let mine = turn.current
      failed.current = null
      if (!holds(timeline, seq)) {
        // What one has just sent stands at the end of whatever is loaded.
        if (at === "end") setPlace({ turn: mine, at, mark, asked })
        await timeline.open(seq)
        // Meanwhile one may have wanted to be somewhere else.
        if (turn.current !== mine) return
        if (timeline.error !== null) failed.current = () => void go(seq, at, mark, asked)
        turn.current += 1
        mine = turn.current
      }
      setPlace({ turn: mine, at, mark, asked })
    },
    [timeline],
  )

  const online = useConnection((connection) => connection.state === "online")
  useEffect(() => {
    if (online) failed.current?.()
  }, [online])

  const known = summary !== undefined
  const unread = summary === undefined ? null : unreadFrom(summary, me)
  const opened = useRef<number | "unread" | null>(null)
  useEffect(() => {
    if (around !== undefined && opened.current !== around) {
      opened.current = around
      void go(around, around, true, false)
    } else if (opened.current === null && known) {
      opened.current = "unread"
      if (unread !== null) setFirstUnread(unread)
      if (unread === null || compact) void go("end", "end", false, false)
      else void go(unread, "unread", false, false)
    }
  }, [around, known, unread, compact, go])

  useUnattended(view, summary, me, firstUnread, setFirstUnread)

  const goTo = useCallback((seq: number) => void go(seq, seq, true, true), [go])
  return {
    place,
    firstUnread: firstUnread === null ? null : firstUnreadOf(view.messages, firstUnread, me),
    goTo,
    goToEnd: () => void go("end", "end", false, true),
    goToFirstUnread: () => firstUnread !== null && void go(firstUnread, "unread", false, true),
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

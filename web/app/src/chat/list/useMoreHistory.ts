import type { Timeline, TimelineView } from "@parley/sdk"
import type { Virtualizer } from "@tanstack/react-virtual"
import { useEffect } from "react"

/** How many rows from an end it begins to load what is beyond. */
const AHEAD = 20

/** Loads history before one gets to the end of what is loaded. After an error only when it is asked for. */
export function useMoreHistory(
  virtualizer: Virtualizer<HTMLDivElement, Element>,
  count: number,
  timeline: Timeline,
  { atStart, atEnd, loading, error }: TimelineView,
  settled: boolean,
): void {
  const first = virtualizer.range?.startIndex ?? 0
  const last = virtualizer.range?.endIndex ?? 0
  useEffect(() => {
    if (!settled || count === 0 || loading !== null || error !== null) return
    if (!atStart && first < AHEAD) void timeline.older()
    else if (!atEnd && last >= count - AHEAD) void timeline.newer()
  }, [settled, count, loading, error, atStart, atEnd, first, last, timeline])
}

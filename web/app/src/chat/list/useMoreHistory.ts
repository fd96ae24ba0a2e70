import type { Timeline, TimelineView } from "@parley/sdk"
import type { Virtualizer } from "@tanstack/react-virtual"
import { useEffect, useRef } from "react"
import { useConnection } from "../../state/connection.ts"

/** How many rows from an end it begins to load what is beyond. */
const AHEAD = 30

type Side = "older" | "newer"
type Kind = NonNullable<TimelineView["loading"]>

/**
 * Loads history before one gets to the end of what is loaded. After an error only when it is asked for, or when there
 * is a connection again. Returns what it was that failed last.
 */
export function useMoreHistory(
  virtualizer: Virtualizer<HTMLDivElement, Element>,
  count: number,
  timeline: Timeline,
  { atStart, atEnd, loading, error }: TimelineView,
  settled: boolean,
): Kind | null {
  const first = virtualizer.range?.startIndex ?? 0
  const last = virtualizer.range?.endIndex ?? 0
  const wanted = settled && count > 0 ? wantedSide(first, last - count, atStart, atEnd) : null
  useEffect(() => {
    if (wanted !== null && loading === null && error === null) void timeline[wanted]()
  }, [wanted, loading, error, timeline])

  const online = useConnection((connection) => connection.state === "online")
  const near = useRef<Side | null>(null)
  useEffect(() => {
    near.current = wanted
  }, [wanted])
  useEffect(() => {
    if (online && timeline.error !== null && near.current !== null) void timeline[near.current]()
  }, [online, timeline])

  const asked = useRef<Kind | null>(null)
  if (loading !== null) asked.current = loading
  return error !== null && loading === null ? asked.current : null
}

/** `last` counts from the end of what is loaded. */
function wantedSide(first: number, last: number, atStart: boolean, atEnd: boolean): Side | null {
  if (!atStart && first < AHEAD) return "older"
  return !atEnd && last >= -AHEAD ? "newer" : null
}

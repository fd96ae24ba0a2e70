import type { Virtualizer } from "@tanstack/react-virtual"
import { useEffect, useLayoutEffect, useRef, useState } from "react"
import type { Row } from "../model/rows.ts"
import type { Place } from "./place.ts"

const MARK_MS = 4000

interface Placing {
  /** The first place is reached, and worth looking at. */
  settled: boolean
  /** The key of the row that was just gone to. */
  marked: string | null
}

/** Goes to each new place once its rows are there. */
export function usePlacing(
  virtualizer: Virtualizer<HTMLDivElement, Element>,
  rows: readonly Row[],
  place: Place | null,
  follow: (follow: boolean) => void,
): Placing {
  const done = useRef(-1)
  const [settled, setSettled] = useState(false)
  const [marked, setMarked] = useState<string | null>(null)
  const there = rows.length > 0

  useLayoutEffect(() => {
    if (place === null || !there || done.current === place.turn) return
    done.current = place.turn
    const index = indexOf(rows, place.at)
    follow(index === null)
    if (index === null) virtualizer.scrollToEnd()
    else virtualizer.scrollToIndex(index, { align: place.mark ? "center" : "start" })
    if (index !== null && place.mark) setMarked(rows[index]?.key ?? null)
  }, [virtualizer, rows, there, place, follow])

  // The rows around the place are measured in the first frame, and stand where they belong in the second.
  useEffect(() => {
    if (settled || place === null || !there) return
    let frame = requestAnimationFrame(() => {
      frame = requestAnimationFrame(() => setSettled(true))
    })
    return () => cancelAnimationFrame(frame)
  }, [settled, place, there])

  useEffect(() => {
    if (marked === null) return
    const timer = window.setTimeout(() => setMarked(null), MARK_MS)
    return () => window.clearTimeout(timer)
  }, [marked])

  return { settled, marked }
}

/** Which row that is; null is the end. */
function indexOf(rows: readonly Row[], at: Place["at"]): number | null {
  if (at === "end") return null
  const found = rows.findIndex((row) => (at === "unread" ? row.type === "unread" : seqOf(row) >= at))
  return found === -1 ? null : found
}

function seqOf(row: Row): number {
  return row.type === "message" || row.type === "system" ? (row.entry.seq ?? 0) : 0
}

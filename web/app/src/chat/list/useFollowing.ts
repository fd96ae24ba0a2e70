import type { Timeline } from "@parley/sdk"
import { elementScroll, type Virtualizer } from "@tanstack/react-virtual"
import { type RefObject, useCallback, useEffect, useLayoutEffect, useRef } from "react"

type List = Virtualizer<HTMLDivElement, Element>

/** How near to the end of the list counts as being there. */
export const AT_END_PX = 80
const ROUNDING_PX = 1

interface Followed {
  scroller: RefObject<HTMLDivElement | null>
  /** Where the list was scrolled to last, as `noting` keeps it. */
  top: RefObject<number>
  timeline: Timeline
  /** Whether the end of the conversation is loaded: what is appended before that is history, and nothing to follow. */
  atEnd: boolean
  /** The key of the last row. */
  last: string | undefined
}

/** Scrolls for a list, and notes where to: who scrolls away himself is known by being elsewhere. */
export function noting(top: RefObject<number>) {
  return (offset: number, options: { adjustments?: number; behavior?: ScrollBehavior }, list: List): void => {
    elementScroll(offset, options, list)
    top.current = list.scrollElement?.scrollTop ?? 0
  }
}

/**
 * Keeps the end of the conversation in view for whoever is there, until he scrolls away. What one wants is remembered,
 * not worked out anew from where the list stands: rows that come and are measured move it, often many of them before it
 * is drawn again. When more has come than the timeline holds, its end is opened anew. Returns what to call when one is
 * brought to the end, or elsewhere.
 */
export function useFollowing(list: List, { scroller, top, timeline, atEnd, last }: Followed): (is: boolean) => void {
  const following = useRef(false)
  const shown = useRef({ last, atEnd: false })

  useEffect(() => {
    const element = scroller.current
    if (element === null) return
    const watch = () => {
      const left = element.scrollHeight - element.clientHeight - element.scrollTop
      const wentUp = element.scrollTop < top.current - ROUNDING_PX
      top.current = element.scrollTop
      // A list that got shorter than one had come ends where one is.
      if (wentUp && left > ROUNDING_PX) following.current = false
      else if (!wentUp && left <= AT_END_PX && shown.current.atEnd) following.current = true
    }
    element.addEventListener("scroll", watch, { passive: true })
    return () => element.removeEventListener("scroll", watch)
  }, [scroller, top])

  const size = list.getTotalSize()
  // biome-ignore lint/correctness/useExhaustiveDependencies: each new size has to be followed
  useLayoutEffect(() => {
    const before = shown.current
    shown.current = { last, atEnd }
    if (!following.current) return
    if (!atEnd) before.atEnd && void timeline.open("end")
    else if (last !== before.last || list.getDistanceFromEnd() > AT_END_PX) list.scrollToEnd()
  }, [list, timeline, last, atEnd, size])

  return useCallback((is: boolean) => {
    following.current = is
  }, [])
}

/** What is loaded of each conversation's history, kept up to date by what arrives. */
import { type Event, type Rest, Timeline, type TimelineView } from "@parley/sdk"
import { useEffect, useMemo, useSyncExternalStore } from "react"

interface Held {
  readonly timeline: Timeline
  readonly rest: Rest
  /** How many windows show it. */
  shown: number
  /** It has to be read anew before it is shown. A window may just be drawing it: so it is not let go of instead. */
  stale: boolean
}

/** Those that were open last stay, so that going back to them shows them at once. */
const KEPT = 8

const held = new Map<string, Held>()
/** The conversations that the client has told of. */
const met = new Set<string>()

/** The one timeline of a conversation, and what it holds now. */
export function useTimeline(rest: Rest, conversation: string): { timeline: Timeline; view: TimelineView } {
  const one = useMemo(() => hold(rest, conversation), [rest, conversation])
  useEffect(() => {
    one.shown += 1
    if (one.stale) read(one)
    return () => {
      one.shown -= 1
      forgetOldest()
    }
  }, [one])
  const { timeline } = one
  const view = useSyncExternalStore(
    useMemo(() => (listener: () => void) => timeline.subscribe(listener), [timeline]),
    () => timeline.snapshot(),
  )
  return { timeline, view }
}

export function begin(): void {
  met.clear()
}

export function apply(event: Event): void {
  if (event.event === "conversation") meet(event.conversation)
  else if (event.event === "message") held.get(event.conversation)?.timeline.take(event.message)
  else if (event.event === "reset") renew(event.conversation)
  else if (event.event === "gone" || event.event === "ended") held.delete(event.conversation)
}

export function clear(): void {
  held.clear()
}

function hold(rest: Rest, conversation: string): Held {
  const known = held.get(conversation)
  held.delete(conversation)
  const load = (place: Parameters<Rest["history"]>[1]) => rest.history(conversation, place)
  const one = known?.rest === rest ? known : { timeline: new Timeline(load), rest, shown: 0, stale: false }
  held.set(conversation, one)
  forgetOldest()
  return one
}

/** What changed between a window's opening and the client's first word of the conversation is told by nobody. */
function meet(conversation: string): void {
  if (met.has(conversation)) return
  met.add(conversation)
  renew(conversation)
}

function renew(conversation: string): void {
  const one = held.get(conversation)
  if (one === undefined) return
  if (one.shown > 0) read(one)
  else one.stale = true
}

function read(one: Held): void {
  one.stale = false
  void one.timeline.reset()
}

function forgetOldest(): void {
  for (const [conversation, one] of held) {
    if (held.size <= KEPT) return
    if (one.shown === 0) held.delete(conversation)
  }
}

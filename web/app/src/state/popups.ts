/** Which conversations pop up in a box of their own, since something new was said in them. */
import type { Event, Message } from "@parley/sdk"
import { create } from "zustand"
import { conversation, useConversationStore } from "./conversations.ts"
import { useSettings } from "./settings.ts"
import { isMuted } from "./summaries.ts"

/** How many boxes there are at most; the oldest makes room. */
const BOXES = 2

interface Popups {
  /** The conversation that is open in the page already. */
  shown: string | null
  /** What is new where no box is open yet, the newest first: one message of each conversation. */
  arrived: readonly Message[]
}

const NONE: Popups = { shown: null, arrived: [] }

export const usePopups = create<Popups>(() => NONE)

/** Conversations that were announced since the socket is up: only there it is certain what is new. */
let announced = new Set<string>()
let allAnnounced = false

/** Has to be told before the store of conversations is: what was known so far tells what is new. */
export function apply(event: Event): void {
  switch (event.event) {
    case "connected":
      announced = new Set()
      allAnnounced = !event.more
      break
    case "conversation":
      announced.add(event.conversation)
      break
    case "message":
      if (isNews(event.message)) pop(event.message)
      break
    case "gone":
      close(event.conversation)
      break
  }
}

/** Whether somebody else said something just now: what was caught up with after a break is in the summary already. */
export function isNews(message: Message): boolean {
  const summary = conversation(message.conversation)
  const { me } = useConversationStore.getState()
  if (message.kind !== "text" || message.sender === me || message.deleted_at || summary === undefined) return false
  if (!allAnnounced && !announced.has(summary.id)) return false
  return message.seq > summary.seq && message.rev > summary.rev && !isMuted(summary, Date.now())
}

function pop(message: Message): void {
  const { shown, arrived } = usePopups.getState()
  if (message.conversation === shown || !useSettings.getState().popups) return
  const others = arrived.filter((each) => each.conversation !== message.conversation)
  const isOpen = others.length < arrived.length
  // A box that is open already keeps its place.
  const next = isOpen
    ? arrived.map((each) => (each.conversation === message.conversation ? message : each))
    : [message, ...others]
  usePopups.setState({ arrived: next.slice(0, BOXES) })
}

export function close(id: string): void {
  usePopups.setState(({ arrived }) => ({ arrived: arrived.filter((each) => each.conversation !== id) }))
}

/** The page shows this conversation itself now; null: none. */
export function show(id: string | null): void {
  usePopups.setState({ shown: id })
  if (id !== null) close(id)
}

export function clear(): void {
  announced = new Set()
  usePopups.setState(NONE)
}

/** What this user has sent and is not seen as stored yet, or was refused: shown at once, and until it is settled. */
import type { Event, Sent } from "@parley/sdk"
import { create } from "zustand"

interface Sends {
  readonly byConversation: Readonly<Record<string, readonly Sent[]>>
}

export const useSends = create<Sends>(() => ({ byConversation: {} }))

/** Stored ones wait for their message to arrive; of a conversation that nobody looks at, not for ever. */
const SETTLED_KEPT = 100
const NONE: readonly Sent[] = []

/** What is on its way in a conversation, in the order it was sent. */
export function useOutgoing(conversation: string): readonly Sent[] {
  return useSends((state) => state.byConversation[conversation] ?? NONE)
}

/** Show what the client has brought over from before a reload. */
export function adopt(unsettled: readonly Sent[]): void {
  for (const sent of unsettled) put(sent)
}

export function apply(event: Event): void {
  if (event.event === "send") put(event.sent)
  else if (event.event === "message")
    keep(event.conversation, ({ id }) => id !== event.message.client_id && id !== event.message.cause)
  else if (event.event === "reset") keep(event.conversation, ({ seq }) => seq === undefined)
  else if (event.event === "gone" || event.event === "ended") keep(event.conversation, () => false)
}

/** Show it no more. */
export function drop(conversation: string, id: string): void {
  keep(conversation, (sent) => sent.id !== id)
}

export function clear(): void {
  useSends.setState({ byConversation: {} })
}

function put(sent: Sent): void {
  useSends.setState(({ byConversation }) => {
    const before = byConversation[sent.conversation] ?? NONE
    const known = before.some((one) => one.id === sent.id)
    // Its message has been here already: what comes of it now is the message's own matter.
    if (!known && isStored(sent)) return { byConversation }
    const after = known ? before.map((one) => (one.id === sent.id ? sent : one)) : [...before, sent]
    return { byConversation: { ...byConversation, [sent.conversation]: bounded(after) } }
  })
}

function isStored(sent: Sent): boolean {
  return sent.state === "sent" || sent.state === "delivered" || sent.state === "read"
}

function bounded(outgoing: readonly Sent[]): readonly Sent[] {
  const settled = outgoing.filter(isStored)
  const over = new Set(settled.slice(0, Math.max(0, settled.length - SETTLED_KEPT)))
  return over.size === 0 ? outgoing : outgoing.filter((one) => !over.has(one))
}

function keep(conversation: string, wanted: (sent: Sent) => boolean): void {
  useSends.setState((state) => {
    const before = state.byConversation[conversation]
    if (before === undefined || before.every(wanted)) return state
    const { [conversation]: _before, ...others } = state.byConversation
    const after = before.filter(wanted)
    return { byConversation: after.length === 0 ? others : { ...others, [conversation]: after } }
  })
}

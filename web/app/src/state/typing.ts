/** Who types where. That it ends by itself is the client's doing. */
import type { Event } from "@parley/sdk"
import { create } from "zustand"

interface Typing {
  readonly byConversation: Readonly<Record<string, readonly string[]>>
}

export const useTyping = create<Typing>(() => ({ byConversation: {} }))

const NOBODY: readonly string[] = []

/** The others who type in a conversation right now, in the order they began. */
export function useTypists(conversation: string): readonly string[] {
  return useTyping((state) => state.byConversation[conversation] ?? NOBODY)
}

export function apply(event: Event): void {
  if (event.event === "typing") set(event.conversation, event.user, event.on)
  else if (event.event === "message" && (event.message.cause ?? null) === null)
    set(event.conversation, event.message.sender, false)
  else if (event.event === "disconnected") clear()
}

export function clear(): void {
  useTyping.setState({ byConversation: {} })
}

function set(conversation: string, user: string, on: boolean): void {
  useTyping.setState((state) => {
    const before = state.byConversation[conversation] ?? NOBODY
    if (before.includes(user) === on) return state
    const after = on ? [...before, user] : before.filter((other) => other !== user)
    return { byConversation: { ...state.byConversation, [conversation]: after } }
  })
}

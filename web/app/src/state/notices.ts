/** What the server tells in an ephemeral chat beside its messages: who comes and goes, wrong codes, and its end. */
import type { Event } from "@parley/sdk"
import { create } from "zustand"

export interface Notices {
  /** Whether the other one came or went last; null: neither since this page is open. */
  readonly peer: "joined" | "left" | null
  /** How often a wrong code was tried for the other one's seat. */
  readonly wrongCodes: number
  /** When silence ends the chat (RFC 3339), once that is near. */
  readonly silentUntil: string | null
  /** A name, `inactivity` or `expired`; null: it goes on. */
  readonly endedBy: string | null
}

export const NOTHING: Notices = { peer: null, wrongCodes: 0, silentUntil: null, endedBy: null }

/** The notices of a chat after an event of that chat. */
export function noticed(before: Notices, event: Event): Notices {
  switch (event.event) {
    case "message":
      return before.silentUntil === null ? before : { ...before, silentUntil: null }
    case "ended":
      return { ...before, silentUntil: null, endedBy: event.by }
    case "notice":
      return byCode(before, event.code, event.at)
    default:
      return before
  }
}

function byCode(before: Notices, code: string, at: string | null): Notices {
  switch (code) {
    case "peer_joined":
      return { ...before, peer: "joined" }
    case "peer_left":
      return { ...before, peer: "left" }
    case "wrong_code_tried":
      return { ...before, wrongCodes: before.wrongCodes + 1 }
    case "inactivity_soon":
      return { ...before, silentUntil: at }
    default:
      return before
  }
}

interface NoticesState {
  readonly chats: Readonly<Record<string, Notices>>
}

const useStore = create<NoticesState>(() => ({ chats: {} }))

export function useNotices(conversation: string): Notices {
  return useStore((state) => state.chats[conversation] ?? NOTHING)
}

/** Follows the socket. Chats of accounts have no notices, and leave nothing here. */
export function apply(event: Event): void {
  if (!("conversation" in event)) return
  const { chats } = useStore.getState()
  const before = chats[event.conversation] ?? NOTHING
  const after = noticed(before, event)
  if (after !== before) useStore.setState({ chats: { ...chats, [event.conversation]: after } })
}

/** The user has seen that wrong codes were tried. */
export function dismissWrongCodes(conversation: string): void {
  const { chats } = useStore.getState()
  const before = chats[conversation]
  if (before !== undefined) useStore.setState({ chats: { ...chats, [conversation]: { ...before, wrongCodes: 0 } } })
}

/** Forgets everything: somebody else may sit down here. */
export function clear(): void {
  useStore.setState({ chats: {} })
}

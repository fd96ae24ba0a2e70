/** One's conversations as the server announced them, kept up to date by what follows. */
import type { Event, Summary } from "@parley/sdk"
import { useMemo } from "react"
import { create } from "zustand"
import { type Entry, lastActive, withMessage, withReceipt, withSummary } from "./summaries.ts"

export { conversationTitle } from "./summaries.ts"

interface Conversations {
  /** Whether the server has announced them. */
  loaded: boolean
  me: string
  entries: ReadonlyMap<string, Entry>
  /** Why a conversation is not this user's any more, for whoever has it open. */
  gone: ReadonlyMap<string, string>
}

const NONE: Conversations = { loaded: false, me: "", entries: new Map(), gone: new Map() }

export const useConversationStore = create<Conversations>(() => NONE)

/** Undefined while it is not known, or not this user's. */
export function useConversation(id: string | undefined): Summary | undefined {
  return useConversationStore((store) => (id === undefined ? undefined : store.entries.get(id)?.summary))
}

/** All of them, the one in which something was said last first. */
export function useConversations(): Summary[] {
  const entries = useConversationStore((store) => store.entries)
  return useMemo(() => newestFirst(entries), [entries])
}

export function newestFirst(entries: ReadonlyMap<string, Entry>): Summary[] {
  const summaries = Array.from(entries.values(), (entry) => entry.summary)
  return summaries.sort((one, other) => (lastActive(one) < lastActive(other) ? 1 : -1))
}

export function conversation(id: string): Summary | undefined {
  return useConversationStore.getState().entries.get(id)?.summary
}

export function begin(user: string): void {
  useConversationStore.setState({ ...NONE, me: user })
}

export function apply(event: Event): void {
  switch (event.event) {
    case "connected":
      useConversationStore.setState({ loaded: true })
      break
    case "conversation":
      learn(event.summary)
      break
    case "message":
      change(event.conversation, (entry, me) => withMessage(entry, event.message, me))
      break
    case "receipt":
      change(event.conversation, (entry, me) => withReceipt(entry, event.user, event.delivered, event.read, me))
      break
    case "gone":
      leave(event.conversation, event.reason)
      break
  }
}

/** A summary that the server gave, by the socket or in answer to a request. */
export function learn(summary: Summary): void {
  useConversationStore.setState((store) => ({
    entries: new Map(store.entries).set(summary.id, withSummary(store.entries.get(summary.id), summary, store.me)),
    gone: without(store.gone, summary.id),
  }))
}

/** This user has read everything up to `seq` here, on this device: the server does not say that back. */
export function noteRead(id: string, seq: number): void {
  change(id, (entry, me) => withReceipt(entry, me, seq, seq, me))
}

/** It is not this user's any more. */
export function leave(id: string, reason: string): void {
  useConversationStore.setState((store) => ({
    entries: without(store.entries, id),
    gone: new Map(store.gone).set(id, reason),
  }))
}

export function clear(): void {
  useConversationStore.setState(NONE)
}

function change(id: string, how: (entry: Entry, me: string) => Entry): void {
  const { entries, me } = useConversationStore.getState()
  const entry = entries.get(id)
  const changed = entry && how(entry, me)
  if (changed === undefined || changed === entry) return
  useConversationStore.setState({ entries: new Map(entries).set(id, changed) })
}

function without<Value>(map: ReadonlyMap<string, Value>, key: string): ReadonlyMap<string, Value> {
  if (!map.has(key)) return map
  const smaller = new Map(map)
  smaller.delete(key)
  return smaller
}

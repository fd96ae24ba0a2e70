/** How far each member has got and read; whatever comes late or twice, nothing ever goes back. */
import type { Event, Member, SendState, Summary } from "@parley/sdk"
import { create } from "zustand"

export interface Reached {
  readonly delivered: number
  readonly read: number
}

interface Receipts {
  readonly byConversation: Readonly<Record<string, Readonly<Record<string, Reached>>>>
}

export const useReceipts = create<Receipts>(() => ({ byConversation: {} }))

const NOBODY: Readonly<Record<string, Reached>> = {}
const NOTHING: Reached = { delivered: 0, read: 0 }

export function apply(event: Event): void {
  if (event.event === "receipt") raise(event.conversation, [event])
  else if (event.event === "conversation") raise(event.conversation, event.summary.members)
  else if (event.event === "gone" || event.event === "ended" || event.event === "reset") forget(event.conversation)
}

export function clear(): void {
  useReceipts.setState({ byConversation: {} })
}

/** How far an own stored message has come: with all other members, as far as is known here. */
export function useDelivery(summary: Summary | undefined, seq: number | null, me: string): SendState {
  return useReceipts(({ byConversation }) =>
    summary === undefined || seq === null ? "sent" : stateOf(summary, byConversation[summary.id] ?? NOBODY, seq, me),
  )
}

/** Up to where a user has read, by the summary and by what was heard since. */
export function useReadUpTo(conversation: string, user: string): number {
  return useReceipts(({ byConversation }) => byConversation[conversation]?.[user]?.read ?? 0)
}

export function stateOf(
  summary: Summary,
  heard: Readonly<Record<string, Reached>>,
  seq: number,
  me: string,
): "sent" | "delivered" | "read" {
  const others = reachedByOthers(summary, heard, me)
  if (others.length === 0 || others.length < summary.member_count - 1) return "sent"
  if (others.every(({ read }) => read >= seq)) return "read"
  return others.every(({ delivered }) => delivered >= seq) ? "delivered" : "sent"
}

/** The members that the summary names, as far as they are known to have come; beyond those, whoever was heard of. */
function reachedByOthers(summary: Summary, heard: Readonly<Record<string, Reached>>, me: string): Reached[] {
  const all = summary.members.length >= summary.member_count
  const users = new Set(summary.members.map((member) => member.user))
  if (!all) for (const user of Object.keys(heard)) users.add(user)
  users.delete(me)
  const byUser = new Map(summary.members.map((member) => [member.user, member]))
  return [...users].map((user) => raised(byUser.get(user) ?? NOTHING, heard[user] ?? NOTHING))
}

function raised(one: Reached, other: Reached): Reached {
  const read = Math.max(one.read, other.read)
  return { delivered: Math.max(one.delivered, other.delivered, read), read }
}

function raise(conversation: string, members: readonly Pick<Member, "user" | "delivered" | "read">[]): void {
  useReceipts.setState((state) => {
    const before = state.byConversation[conversation] ?? NOBODY
    const after = { ...before }
    for (const member of members) after[member.user] = raised(before[member.user] ?? NOTHING, member)
    return { byConversation: { ...state.byConversation, [conversation]: after } }
  })
}

function forget(conversation: string): void {
  useReceipts.setState(({ byConversation: { [conversation]: _before, ...others } }) => ({ byConversation: others }))
}

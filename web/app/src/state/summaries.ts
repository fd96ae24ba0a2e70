/**
 * What a conversation's summary becomes by what follows it. The server counts `unread` once, with the summary; from
 * then on it is counted here, by the seqs of what arrives and of what was read.
 */
import type { Member, Message, Summary } from "@parley/sdk"

/** A summary as it stands now, and what its `unread` is made of. */
export interface Entry {
  readonly summary: Summary
  /** What the server counted, up to this seq. */
  readonly counted: { readonly unread: number; readonly seq: number }
  /** The seqs above that of others' texts, ascending. */
  readonly later: readonly number[]
  /** How far this user has read, on any device. */
  readonly read: number
}

/** `known` is what was held before: this may be older in some ways, and never takes back what was read. */
export function withSummary(known: Entry | undefined, summary: Summary, me: string): Entry {
  const same = known?.summary.epoch === summary.epoch ? known : undefined
  const read = Math.max(same?.read ?? 0, memberOf(summary, me)?.read ?? 0)
  const ahead = same !== undefined && same.summary.rev > summary.rev
  const latest = ahead ? { seq: same.summary.seq, rev: same.summary.rev, last_message: same.summary.last_message } : {}
  return settled({
    summary: { ...summary, ...latest },
    counted: { unread: summary.unread, seq: summary.seq },
    later: same?.later.filter((seq) => seq > summary.seq) ?? [],
    read,
  })
}

/** A new message, or a new state of an old one. */
export function withMessage(entry: Entry, message: Message, me: string): Entry {
  const { summary } = entry
  if (message.epoch !== summary.epoch || message.rev <= summary.rev) return entry
  if (message.seq <= summary.seq) return withChange(entry, message, me)
  const counts = message.sender !== me && message.kind === "text" && !message.deleted_at
  return settled({
    ...entry,
    summary: {
      ...summary,
      seq: message.seq,
      rev: message.rev,
      last_message: message,
      last_message_status: message.sender === me ? "sent" : null,
    },
    later: counts ? [...entry.later, message.seq] : entry.later,
  })
}

function withChange(entry: Entry, message: Message, me: string): Entry {
  const { summary, counted } = entry
  const isLast = summary.last_message?.seq === message.seq
  const changed = { ...summary, rev: message.rev, last_message: isLast ? message : summary.last_message }
  if (!message.deleted_at || message.sender === me || message.seq <= entry.read) return { ...entry, summary: changed }
  const wasCounted = message.seq <= counted.seq
  return settled({
    ...entry,
    summary: changed,
    counted: wasCounted ? { ...counted, unread: Math.max(0, counted.unread - 1) } : counted,
    later: entry.later.filter((seq) => seq !== message.seq),
  })
}

/** A member, perhaps this user on another device, has got and read so much. */
export function withReceipt(entry: Entry, user: string, delivered: number, read: number, me: string): Entry {
  const members = entry.summary.members.map((member) =>
    member.user === user
      ? { ...member, delivered: Math.max(member.delivered, delivered), read: Math.max(member.read, read) }
      : member,
  )
  return settled({
    ...entry,
    summary: { ...entry.summary, members },
    read: user === me ? Math.max(entry.read, read) : entry.read,
  })
}

function settled(entry: Entry): Entry {
  const { summary, counted, read } = entry
  const later = entry.later.filter((seq) => seq > read)
  const before = Math.min(counted.unread, Math.max(0, counted.seq - read))
  return { ...entry, later, summary: { ...summary, unread: before + later.length } }
}

/** How far the last message, when it is this user's own, has come with all others; null for anybody else's. */
export function lastStatus(summary: Summary, me: string): "sent" | "delivered" | "read" | null {
  const last = summary.last_message
  if (last === null || last.sender !== me || last.kind !== "text") return null
  const others = summary.members.filter((member) => member.user !== me)
  if (others.length < summary.member_count - 1) return summary.last_message_status ?? "sent"
  if (others.length > 0 && others.every((member) => member.read >= last.seq)) return "read"
  if (others.length > 0 && others.every((member) => Math.max(member.delivered, member.read) >= last.seq))
    return "delivered"
  return "sent"
}

export function memberOf(summary: Summary, user: string): Member | undefined {
  return summary.members.find((member) => member.user === user)
}

/** The other one of a direct or ephemeral conversation. */
export function peerOf(summary: Summary, me: string): Member | undefined {
  return summary.kind === "group" ? undefined : summary.members.find((member) => member.user !== me)
}

/** What a person is called: by his name where he gave one. */
export function nameOf(person: { username: string; name?: string | null; lastname?: string | null }): string {
  return [person.name, person.lastname].filter(Boolean).join(" ") || person.username
}

/** What a conversation is called: the group's name, or the other one's. */
export function conversationTitle(summary: Summary, me: string): string {
  if (summary.kind === "group") return summary.name ?? ""
  const peer = peerOf(summary, me)
  return peer === undefined ? (summary.name ?? "") : nameOf(peer)
}

/** When something was last said in it, or it began. */
export function lastActive(summary: Summary): string {
  return summary.last_message?.sent_at ?? summary.created_at
}

/** Whether its mute is in force at this time: it may run out by itself. */
export function isMuted(summary: Summary, now: number): boolean {
  return summary.muted && (!summary.muted_until || Date.parse(summary.muted_until) > now)
}

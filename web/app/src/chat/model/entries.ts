/** One thing to show per message: what is stored, with what this user is about to change of it laid over. */
import type { Message, Sent } from "@parley/sdk"

export interface Entry {
  /** The same before and after the message is stored: its row stays where and what it is. */
  readonly key: string
  /** Null until it is stored. */
  readonly seq: number | null
  readonly sender: string
  readonly own: boolean
  readonly event: Message["event"]
  readonly text: string | null
  readonly media: readonly string[]
  readonly reply_to: number | null
  readonly mentions: readonly string[]
  readonly reactions: Readonly<Record<string, readonly string[]>>
  readonly at: string
  readonly edited_at: string | null
  readonly deleted: boolean
  /** Of an own message that is not known to be stored: how far it is. */
  readonly echo: Sent | null
  /** Own changes to it that are under way. */
  readonly pending: readonly Sent[]
  /** Own changes to it that were refused. */
  readonly refused: readonly Sent[]
}

const plain = new WeakMap<Message, Entry>()

/** A stored message as it is shown. The same message gives the same entry as long as nothing changes it. */
export function entryOf(message: Message, me: string, changes: readonly Sent[] = []): Entry {
  const open = changes.filter((change) => !(change.rev !== undefined && change.rev <= message.rev))
  if (open.length > 0) return open.reduce((entry, change) => withChange(entry, change, me), bare(message, me))
  const known = plain.get(message)
  if (known !== undefined && known.own === (message.sender === me)) return known
  const made = bare(message, me)
  plain.set(message, made)
  return made
}

function bare(message: Message, me: string): Entry {
  const system = message.kind === "system"
  return {
    key: system ? `system:${message.seq}` : keyOf(message.sender, message.client_id),
    seq: message.seq,
    sender: message.sender,
    own: !system && message.sender === me,
    event: message.event ?? null,
    text: message.text,
    media: message.media,
    reply_to: message.reply_to,
    mentions: message.mentions,
    reactions: message.reactions ?? {},
    at: message.sent_at,
    edited_at: message.edited_at ?? null,
    deleted: (message.deleted_at ?? null) !== null,
    echo: null,
    pending: [],
    refused: [],
  }
}

/** A message of one's own that is not stored yet, or was refused. */
export function entryOfEcho(sent: Sent, me: string): Entry {
  return {
    key: keyOf(me, sent.id),
    seq: null,
    sender: me,
    own: true,
    event: null,
    text: sent.given.text ?? null,
    media: sent.given.media ?? [],
    reply_to: sent.given.reply_to ?? null,
    mentions: sent.given.mentions ?? [],
    reactions: {},
    at: sent.at ?? sent.created_at,
    edited_at: null,
    deleted: false,
    echo: sent,
    pending: [],
    refused: [],
  }
}

function keyOf(sender: string, id: string): string {
  return `${sender}:${id}`
}

function withChange(entry: Entry, change: Sent, me: string): Entry {
  if (change.state === "rejected") return { ...entry, refused: [...entry.refused, change] }
  const pending = [...entry.pending, change]
  const { text, emoji, on } = change.given
  if (change.kind === "edit") return { ...entry, pending, text: text ?? entry.text }
  if (change.kind === "delete") return { ...entry, pending, deleted: true }
  if (emoji === undefined) return { ...entry, pending }
  return { ...entry, pending, reactions: reacted(entry.reactions, emoji, me, on === true) }
}

function reacted(reactions: Entry["reactions"], emoji: string, me: string, on: boolean): Entry["reactions"] {
  const others = (reactions[emoji] ?? []).filter((user) => user !== me)
  const users = on ? [...others, me] : others
  const { [emoji]: _before, ...rest } = reactions
  return users.length === 0 ? rest : { ...reactions, [emoji]: users }
}

/** How far the members of each conversation have come, and what that makes of one's own messages. */
import type { SendState, Sent } from "../events.ts"
import type { Member, Summary } from "../wire.ts"

/** How many of one's own latest messages are followed until everyone has read them. */
const FOLLOWED = 1000

export interface Reached {
  readonly delivered: number
  readonly read: number
}

interface Conversation {
  /** How many other members there are. */
  others: number
  reached: Map<string, Reached>
  /** One's own messages by seq. */
  followed: Map<number, Sent>
}

const NOWHERE: Reached = { delivered: 0, read: 0 }

/** Whatever comes late or twice, nothing ever goes back. */
export class Receipts {
  me = ""
  private readonly conversations = new Map<string, Conversation>()

  /** Take a receipt; returns where that member is now, null when it says nothing new. */
  heard(conversation: string, user: string, delivered: number, read: number): Reached | null {
    const { reached } = this.known(conversation)
    const before = reached.get(user) ?? NOWHERE
    const now = raised(before, delivered, read)
    reached.set(user, now)
    return now.delivered === before.delivered && now.read === before.read ? null : now
  }

  /** Take a summary's word for who is there; returns it with everyone as far as is known. */
  meet(summary: Summary): Summary {
    const known = this.known(summary.id)
    known.others = Math.max(0, summary.member_count - 1)
    for (const member of summary.members) this.heard(summary.id, member.user, member.delivered, member.read)
    if (summary.member_count === summary.members.length) {
      const here = new Set(summary.members.map((member) => member.user))
      for (const user of known.reached.keys()) if (!here.has(user)) known.reached.delete(user)
    }
    const asFar = (member: Member) => ({ ...member, ...(known.reached.get(member.user) ?? NOWHERE) })
    return { ...summary, members: summary.members.map(asFar) }
  }

  forget(conversation: string): void {
    this.conversations.delete(conversation)
  }

  /** How far a message of one's own has come with all others: sent, delivered or read. */
  status(conversation: string, seq: number): SendState {
    return stateAt(seq, this.everywhere(conversation))
  }

  /** A message of one's own has its number; returns it as far as it has come by now. */
  follow(sent: Sent): Sent {
    if (sent.seq === undefined) return sent
    const now = { ...sent, state: this.status(sent.conversation, sent.seq) }
    const { followed } = this.known(sent.conversation)
    followed.set(sent.seq, now)
    for (const oldest of followed.keys()) {
      if (followed.size <= FOLLOWED) break
      followed.delete(oldest)
    }
    return now
  }

  /** The followed messages that have come further, in order of their seqs. */
  moved(conversation: string): Sent[] {
    const followed = this.conversations.get(conversation)?.followed
    if (followed === undefined) return []
    const everywhere = this.everywhere(conversation)
    const news: [number, Sent][] = []
    for (const [seq, sent] of [...followed]) {
      if (seq > everywhere.delivered) continue
      const state = stateAt(seq, everywhere)
      if (state !== sent.state) {
        const now = { ...sent, state }
        news.push([seq, now])
        followed.set(seq, now)
      }
      if (state === "read") followed.delete(seq)
    }
    return news.sort(([one], [other]) => one - other).map(([, sent]) => sent)
  }

  private known(conversation: string): Conversation {
    const found = this.conversations.get(conversation) ?? { others: 0, reached: new Map(), followed: new Map() }
    this.conversations.set(conversation, found)
    return found
  }

  /** Up to where all others have got and read. */
  private everywhere(conversation: string): Reached {
    const known = this.conversations.get(conversation)
    if (known === undefined || known.others === 0) return NOWHERE
    const others = [...known.reached].filter(([user]) => user !== this.me).map(([, reached]) => reached)
    const last = known.others - 1
    return {
      delivered: descending(others.map((reached) => reached.delivered))[last] ?? 0,
      read: descending(others.map((reached) => reached.read))[last] ?? 0,
    }
  }
}

function raised(reached: Reached, delivered: number, read: number): Reached {
  return { delivered: Math.max(reached.delivered, delivered, read), read: Math.max(reached.read, read) }
}

function descending(numbers: number[]): number[] {
  return numbers.sort((one, other) => other - one)
}

function stateAt(seq: number, everywhere: Reached): SendState {
  if (seq <= everywhere.read) return "read"
  return seq <= everywhere.delivered ? "delivered" : "sent"
}

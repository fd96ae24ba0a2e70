/** What the application has got and has read, and what of it the server has been told. */
import type { Summary } from "../wire.ts"

/** What the application gets of one conversation within so long is told in one frame. */
const GATHER_SECONDS = 0.1

export type Acknowledgement = { type: "read" | "delivered"; conversation: string; seq: number }

interface Own {
  delivered: number
  read: number
  toldDelivered: number
  toldRead: number
}

/**
 * There is no answer to `delivered` and `read`: what a new socket's snapshot does not show is told again. `now` is any
 * steady clock's seconds.
 */
export class Acknowledgements {
  private readonly own = new Map<string, Own>()
  private readonly due = new Map<string, number>()

  /** The application has everything up to the one seq, and its user has read everything up to the other. */
  reach(conversation: string, now: number, upTo: { delivered?: number; read?: number }): void {
    const { delivered = 0, read = 0 } = upTo
    const own = this.own.get(conversation) ?? { delivered: 0, read: 0, toldDelivered: 0, toldRead: 0 }
    this.own.set(conversation, own)
    own.delivered = Math.max(own.delivered, delivered, read)
    own.read = Math.max(own.read, read)
    this.plan(conversation, own, now)
  }

  /** So much the server knows, from whichever device. */
  shown(conversation: string, delivered: number, read: number): void {
    const own = this.own.get(conversation)
    if (own !== undefined) told(own, delivered, read)
  }

  /** A new socket: all that its snapshot shows is known there, and nothing else for certain. */
  begin(me: string, summaries: readonly Summary[], now: number): void {
    const known = new Map(summaries.map((one) => [one.id, one.members.find((member) => member.user === me)]))
    for (const [conversation, own] of this.own) {
      const member = known.get(conversation)
      own.toldDelivered = member?.delivered ?? 0
      own.toldRead = member?.read ?? 0
      this.plan(conversation, own, now)
    }
  }

  /** It is not the user's any more, or begins anew. */
  forget(conversation: string): void {
    this.own.delete(conversation)
    this.due.delete(conversation)
  }

  nextDue(): number {
    return Math.min(...this.due.values())
  }

  /** The frames that are to be sent by now. */
  takeDue(now: number): Acknowledgement[] {
    const due = [...this.due].filter(([, at]) => at <= now).map(([conversation]) => conversation)
    for (const conversation of due) this.due.delete(conversation)
    return due.flatMap((conversation) => this.frames(conversation))
  }

  private plan(conversation: string, own: Own, now: number): void {
    const hasNews = own.delivered > own.toldDelivered || own.read > own.toldRead
    if (hasNews && !this.due.has(conversation)) this.due.set(conversation, now + GATHER_SECONDS)
  }

  private frames(conversation: string): Acknowledgement[] {
    const own = this.own.get(conversation)
    const frames: Acknowledgement[] = []
    if (own === undefined) return frames
    if (own.read > own.toldRead) {
      told(own, own.read, own.read)
      frames.push({ type: "read", conversation, seq: own.read })
    }
    if (own.delivered > own.toldDelivered) {
      told(own, own.delivered, own.toldRead)
      frames.push({ type: "delivered", conversation, seq: own.delivered })
    }
    return frames
  }
}

function told(own: Own, delivered: number, read: number): void {
  own.toldDelivered = Math.max(own.toldDelivered, delivered)
  own.toldRead = Math.max(own.toldRead, read)
}

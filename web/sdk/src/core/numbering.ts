/** One conversation's changes, put in order: each once, none skipped without being asked for. */
import type { Cursor, Message } from "../wire.ts"

/** How many messages beyond a hole are kept. More need not be: what fills the hole brings them again. */
const MAX_AHEAD = 1000

/** A cursor (epoch, rev), what lies beyond a hole in front of it, and whether the server has to be asked. */
export class Numbering {
  /** Not this user's any more: late pushes are let pass until a summary names it again. */
  gone = false
  /** The highest rev of this epoch that is known to exist. */
  private head: number
  private more = false
  /** The socket was gone, and the server has not been asked yet what came meanwhile. */
  private unsure = false
  private ahead = new Map<number, Message>()
  /** Pushes of other epochs: a `reset` to theirs is on its way, or they are leftovers of a former one. */
  private foreign = new Map<string, Message>()

  constructor(
    private epoch: string,
    private rev: number,
  ) {
    this.head = rev
  }

  get cursor(): Cursor {
    return { epoch: this.epoch, rev: this.rev }
  }

  stands(cursor: Cursor): boolean {
    return this.epoch === cursor.epoch && this.rev === cursor.rev
  }

  /** Whether there is something that only a `sync` can bring. */
  get behind(): boolean {
    return !this.gone && (this.rev < this.head || this.more || this.unsure || this.foreign.size > 0)
  }

  /** Take a pushed message; returns what is next in order now. */
  push(message: Message): Message[] {
    if (message.epoch !== this.epoch) {
      if (this.foreign.size < MAX_AHEAD) this.foreign.set(`${message.epoch} ${message.rev}`, message)
      return []
    }
    if (message.rev <= this.rev || this.ahead.has(message.rev)) return []
    this.head = Math.max(this.head, message.rev)
    if (this.ahead.size < MAX_AHEAD || message.rev === this.rev + 1) this.ahead.set(message.rev, message)
    return this.inOrder()
  }

  /**
   * Take all that changed in (after, to]; returns what is next in order now. A message that changed again later is
   * missing at its earlier revs: that is no hole.
   */
  changes(epoch: string, after: number, to: number, messages: readonly Message[], more: boolean): Message[] {
    if (epoch !== this.epoch) {
      this.unsure = true
      return []
    }
    this.head = Math.max(this.head, to)
    if (after > this.rev) return []
    const fresh = messages.filter((message) => this.rev < message.rev && message.rev <= to)
    fresh.sort((one, other) => one.rev - other.rev)
    if (to >= this.rev) {
      this.more = more
      this.move(to)
    }
    return [...fresh, ...this.inOrder()]
  }

  /** Begin anew after `rev`; returns what came ahead of the reset and is next in order now. */
  reset(epoch: string, rev: number): Message[] {
    const known = epoch === this.epoch ? [...this.ahead.values()] : [...this.foreign.values()]
    const kept = known.filter((message) => message.epoch === epoch && message.rev > rev)
    this.epoch = epoch
    this.rev = rev
    this.gone = false
    this.more = false
    this.unsure = false
    this.foreign = new Map()
    this.ahead = new Map(kept.map((message) => [message.rev, message]))
    this.head = Math.max(rev, ...this.ahead.keys())
    return this.inOrder()
  }

  /** It is gone; should it come back, it goes on from here. */
  leave(): void {
    this.gone = true
    this.forgetAhead()
  }

  /** It is this user's again, and its changes reach up to `rev`. */
  comeBack(rev: number): void {
    this.gone = false
    this.unsure = true
    this.expect(rev)
  }

  /** The socket is gone: what was ahead will come again, from the cursor on. */
  interrupt(): void {
    this.forgetAhead()
    this.unsure = true
  }

  /** The server has been asked from the cursor on. */
  answered(): void {
    this.unsure = false
  }

  /** The server says that its changes reach up to here. */
  expect(rev: number): void {
    this.head = Math.max(this.head, rev)
  }

  /** What of other epochs waits here. */
  strangers(): string[] {
    return [...this.foreign.keys()]
  }

  /** The server had nothing beyond the cursor, and knew of no other epoch when these had come. */
  upToDate(leftovers: readonly string[]): void {
    this.more = false
    for (const leftover of leftovers) this.foreign.delete(leftover)
  }

  private forgetAhead(): void {
    this.ahead = new Map()
    this.foreign = new Map()
    this.more = false
    this.head = this.rev
  }

  private move(rev: number): void {
    this.rev = rev
    for (const found of this.ahead.keys()) if (found <= rev) this.ahead.delete(found)
  }

  private inOrder(): Message[] {
    const ready: Message[] = []
    for (let next = this.ahead.get(this.rev + 1); next !== undefined; next = this.ahead.get(this.rev + 1)) {
      this.rev += 1
      this.ahead.delete(this.rev)
      ready.push(next)
    }
    return ready
  }
}

/** What one chat window shows of a conversation: a contiguous range of its messages, without silent holes. */
import { Backoff } from "../core/backoff.ts"
import { RequestFailed, Unreachable } from "../errors.ts"
import { sleep } from "../sleep.ts"
import type { Message, MessagePage } from "../wire.ts"
import { Stretch } from "./stretch.ts"

export type Load = (query: { before?: number; after?: number; around?: number; limit: number }) => Promise<MessagePage>

export interface TimelineView {
  readonly messages: readonly Message[]
  /** There is nothing older. */
  readonly atStart: boolean
  /** There is nothing newer: live messages follow directly. */
  readonly atEnd: boolean
  readonly loading: "older" | "newer" | "around" | null
  /** Why the last load failed, until the next begins. */
  readonly error: Error | null
}

const PAGE = 50
const TRIES = 4
const AGAIN = new Backoff(0.5, 8)

interface Loading {
  kind: "older" | "newer" | "around"
  done: Promise<void>
}

/**
 * Holds at most `cap` messages when it loads more, and lets go of those at the far end; live messages may take it to
 * twice that. Those beyond the end of the window are not shown but known of: `atEnd` is false then, and `newer` brings
 * them. A change is shown only if its rev is greater than that of what is shown. Methods that load never throw: `error`
 * says why it failed, and asking again tries again. The same load asked for twice is one; one that an opening or a
 * reset overtakes is done when that is.
 */
export class Timeline {
  private view: TimelineView = { messages: [], atStart: false, atEnd: false, loading: null, error: null }
  private stretch = Stretch.empty
  private epoch: string | null = null
  /** The highest seq that is known to exist. */
  private head = 0
  /** What is shown has to be read anew: changes of it may have been missed. */
  private stale = true
  private load_: Loading | null = null
  /** What the last opening was of. */
  private target: number | "end" = "end"
  /** Counts openings: what was asked for before the last one is of no use. */
  private opening = 0
  /** The live changes since a load began: its answer may be older than they are. */
  private recent = new Map<number, Message>()
  private readonly listeners = new Set<() => void>()

  constructor(
    private readonly load: Load,
    private readonly cap: number = 400,
  ) {}

  get messages(): readonly Message[] {
    return this.view.messages
  }

  get atStart(): boolean {
    return this.view.atStart
  }

  get atEnd(): boolean {
    return this.view.atEnd
  }

  get loading(): TimelineView["loading"] {
    return this.view.loading
  }

  get error(): Error | null {
    return this.view.error
  }

  /** The same object until something changes. */
  snapshot(): TimelineView {
    return this.view
  }

  subscribe(listener: () => void): () => void {
    this.listeners.add(listener)
    return () => this.listeners.delete(listener)
  }

  /** Show the newest messages, or those around a seq, in place of what is shown. */
  open(around: number | "end"): Promise<void> {
    this.opening += 1
    this.target = around
    this.stale = true
    this.head = 0
    this.recent.clear()
    const query = around === "end" ? { limit: PAGE } : { around, limit: PAGE }
    return this.run("around", query, (page) => this.replace(page, around))
  }

  /** Show a page more of what is older. */
  async older(): Promise<void> {
    if (this.load_ !== null) return this.after("older", this.load_)
    if (this.stale) return this.reset()
    const first = this.stretch.first?.seq
    if (this.view.atStart || first === undefined) return
    return this.run("older", { before: first, limit: PAGE }, ({ messages, more }) => {
      if (this.foreign(messages)) return
      const joined = this.stretch.joined(messages)
      this.stretch = joined.oldest(Math.max(this.cap, messages.length))
      this.show({ atStart: !more, atEnd: this.view.atEnd && this.stretch.last === joined.last })
    })
  }

  /** Show a page more of what is newer. */
  async newer(): Promise<void> {
    if (this.load_ !== null) return this.after("newer", this.load_)
    if (this.stale) return this.reset()
    if (this.view.atEnd) return
    const last = this.stretch.last?.seq ?? 0
    return this.run("newer", { after: last, limit: PAGE }, ({ messages, more }) => {
      if (this.foreign(messages)) return
      const joined = this.stretch.joined(messages)
      if (!more && (joined.last?.seq ?? 0) < this.head && messages.length === 0) throw new Behind("not there yet")
      this.stretch = joined.newest(Math.max(this.cap, messages.length))
      const atStart = this.view.atStart && this.stretch.first === joined.first
      this.show({ atStart, atEnd: !more && (this.stretch.last?.seq ?? 0) >= this.head })
    })
  }

  /** A live change, in the order in which the client tells of them. */
  take(message: Message): void {
    if (this.load_ !== null) this.remember(message)
    if (this.epoch !== null && message.epoch !== this.epoch) {
      if (this.load_?.kind !== "around") void this.reset()
      return
    }
    if (this.stale) return
    this.epoch ??= message.epoch
    this.place(message)
  }

  /** What is shown is void: read it anew, at the same place. */
  reset(): Promise<void> {
    if (this.stale) return this.open(this.target)
    const middle = this.stretch.messages[this.stretch.length >> 1]
    return this.open(this.view.atEnd || middle === undefined ? "end" : middle.seq)
  }

  /** Whether a page is of another epoch: nothing of what is shown can be joined to it. */
  private foreign(page: readonly Message[]): boolean {
    const other = this.epoch !== null && page.some((message) => message.epoch !== this.epoch)
    if (other) void this.reset()
    return other
  }

  private remember(message: Message): void {
    const known = this.recent.get(message.seq)
    if (known === undefined || known.epoch !== message.epoch || known.rev < message.rev)
      this.recent.set(message.seq, message)
  }

  private place(message: Message): void {
    const last = this.stretch.last?.seq ?? 0
    this.head = Math.max(this.head, message.seq)
    const follows = this.view.atEnd && message.seq === last + 1 && this.stretch.length < 2 * this.cap
    this.stretch = follows ? this.stretch.joined([message]) : this.stretch.updated(message)
    this.show({ atEnd: this.view.atEnd && (this.stretch.last?.seq ?? 0) >= this.head })
    this.fill()
  }

  /** An empty window has no end at which somebody could ask for more. */
  private fill(): void {
    const waits = this.load_ !== null || this.stale || this.view.error !== null
    if (this.stretch.length === 0 && !this.view.atEnd && !waits) void this.newer()
  }

  private replace({ messages, more }: MessagePage, around: number | "end"): void {
    this.stale = false
    this.stretch = Stretch.of(messages)
    this.epoch = this.stretch.last?.epoch ?? null
    this.show({ atStart: !more || this.stretch.first?.seq === 1, atEnd: !more || around === "end" })
  }

  /** What is asked for while something else is being loaded. */
  private async after(kind: "older" | "newer", loading: Loading): Promise<void> {
    await loading.done
    if (loading.kind !== kind && this.view.error === null) await this[kind]()
  }

  private run(kind: Loading["kind"], query: Parameters<Load>[0], apply: (page: MessagePage) => void): Promise<void> {
    const opening = this.opening
    const current = () => opening === this.opening
    const done = this.attempt(query, apply, current).then(async (error) => {
      // Whoever waits for this one waits for what is loaded in its place.
      if (!current()) return await this.load_?.done
      this.load_ = null
      this.recent.clear()
      this.show({ loading: null, error, ...(this.stale && { atStart: false, atEnd: false }) })
      this.fill()
    })
    this.load_ = { kind, done }
    this.show({ loading: kind, error: null })
    return done
  }

  /** Loads, again if that may help; returns why it failed, null when it has not. */
  private async attempt(
    query: Parameters<Load>[0],
    apply: (page: MessagePage) => void,
    current: () => boolean,
  ): Promise<Error | null> {
    for (let tries = 0; ; tries += 1) {
      try {
        const page = await this.load(query)
        if (!current()) return null
        apply(page)
        for (const message of [...this.recent.values()].sort((one, other) => one.seq - other.seq)) this.catchUp(message)
        return null
      } catch (error) {
        if (!current()) return null
        if (tries === TRIES - 1 || !mayHelp(error)) return error instanceof Error ? error : new Error(String(error))
      }
      await sleep(AGAIN.wait(tries, Math.random))
      if (!current()) return null
    }
  }

  /** A live change that came while a page was on its way. */
  private catchUp(message: Message): void {
    this.epoch ??= message.epoch
    if (message.epoch === this.epoch) this.place(message)
  }

  private show(change: Partial<TimelineView>): void {
    const next = { ...this.view, ...change, messages: this.stretch.messages }
    if (same(next, this.view)) return
    this.view = next
    for (const listener of [...this.listeners]) listener()
  }
}

/** The server has not shown yet what it has announced. */
class Behind extends Unreachable {}

function mayHelp(error: unknown): boolean {
  return error instanceof Unreachable || (error instanceof RequestFailed && error.retry)
}

function same(one: TimelineView, other: TimelineView): boolean {
  return (
    one.messages === other.messages &&
    one.atStart === other.atStart &&
    one.atEnd === other.atEnd &&
    one.loading === other.loading &&
    one.error === other.error
  )
}

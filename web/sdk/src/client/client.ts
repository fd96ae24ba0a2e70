/** The client: stays connected, sends until there is an outcome, and tells what happens in order. */
import type { OutboxStore } from "../browser/outbox.ts"
import type { Random } from "../core/backoff.ts"
import { newId } from "../core/ids.ts"
import { ClientState } from "../core/state.ts"
import { Closed, ParleyError } from "../errors.ts"
import type { Command, Event, Given, SendState, Sent } from "../events.ts"
import type { Session } from "../sessions/session.ts"
import { Engine } from "./engine.ts"
import { Refusals } from "./refusals.ts"
import { followWindow } from "./window.ts"

export interface ClientOptions {
  session: Session
  /** Names this running client; a second one of that name replaces it. See `deviceId`. */
  device: string
  /** Where commands without an outcome survive a reload; without it they are kept in memory only. */
  outbox?: OutboxStore
  random?: Random
  WebSocket?: typeof WebSocket
}

export interface NewMessage {
  text?: string
  media?: string[]
  reply_to?: number
  mentions?: string[]
}

/**
 * One user's connection to Parley, from `start` to `close`.
 *
 * Listeners are told the events of events.ts: every change of every conversation once and in rev order, however often
 * the socket breaks meanwhile. What was submitted is in the outbox before it is sent, and stays there until the server
 * has named its outcome. After `disconnected` with `retry_in: null` the client has stopped for good.
 */
export class Client {
  private readonly listeners = new Set<(event: Event) => void>()
  private readonly state: ClientState
  private readonly engine: Engine
  private readonly outbox: OutboxStore | null
  private readonly refusals: Refusals
  private readonly told: Event[] = []
  private telling = false
  private stopFollowing: (() => void)[] = []
  private started = false
  private readonly session: Session

  constructor({ session, device, outbox, random = Math.random, WebSocket = globalThis.WebSocket }: ClientOptions) {
    this.session = session
    this.state = new ClientState(newId, random)
    this.outbox = outbox ?? null
    this.refusals = new Refusals(this.outbox)
    const tell = (events: readonly Event[]) => this.tell(events)
    this.engine = new Engine({ session, device, state: this.state, random, WebSocket, tell })
    this.restore(this.outbox?.load() ?? [])
  }

  /** Hear of every event from now on; returns how to stop that. */
  on(listener: (event: Event) => void): () => void {
    this.listeners.add(listener)
    return () => this.listeners.delete(listener)
  }

  /** Connect, and stay connected until `close` or until coming back would not help. Once. */
  start(): void {
    if (this.started || this.engine.isStopped) return
    this.started = true
    const adopting = this.outbox?.adopt?.((commands) => this.restore(commands))
    if (adopting !== undefined) this.stopFollowing.push(adopting)
    this.stopFollowing.push(followWindow(this.engine))
    this.engine.start()
  }

  /** Disconnect for good. Commands without an outcome stay in the outbox for the next client. */
  close(): void {
    this.engine.stop("closed", null)
  }

  /** Reconnect at once, if it is waiting to. */
  tryNow(): void {
    this.engine.tryNow()
  }

  /** The commands that have no outcome yet, in order. */
  get unsettled(): readonly Sent[] {
    return this.state.unsettled
  }

  /** Messages and edits that were refused for good, until they are discarded or retried. */
  get rejected(): readonly Sent[] {
    return this.refusals.all
  }

  /**
   * Send a message, now or as soon as there is a socket; `send` events tell what becomes of it. Throws OutboxFull,
   * FrameTooLarge and Closed: then it was not taken.
   */
  submit(conversation: string, { text, media = [], reply_to, mentions = [] }: NewMessage): Sent {
    return this.command("message", conversation, {
      ...(text && { text: wellFormed(text) }),
      ...(media.length > 0 && { media: [...media] }),
      ...(reply_to !== undefined && { reply_to }),
      ...(mentions.length > 0 && { mentions: [...mentions] }),
    })
  }

  /** Replace the text of a message of one's own. Throws like `submit`, as do `delete` and `react`. */
  edit(conversation: string, seq: number, text: string): Sent {
    return this.command("edit", conversation, { seq, text: wellFormed(text) })
  }

  /** Leave nothing of a message but that there was one: of one's own, or as an admin of the group. */
  delete(conversation: string, seq: number): Sent {
    return this.command("delete", conversation, { seq })
  }

  /** Put one's reaction to a message, or take it away. */
  react(conversation: string, seq: number, emoji: string, on: boolean): Sent {
    return this.command("react", conversation, { seq, emoji, on })
  }

  /** End an ephemeral chat, for both. Throws RequestFailed, Unreachable. */
  async end(conversation: string): Promise<void> {
    await this.session.rest.endChat(conversation)
  }

  /** The user has read everything up to this seq. That the application got a message is told by itself. */
  read(conversation: string, seq: number): void {
    this.engine.do(this.state.read(conversation, seq, now()))
  }

  /** Say that the user types there, as often as he does, or that he stopped. Without a socket nobody is told. */
  typing(conversation: string, on: boolean): void {
    this.engine.do(this.state.type(conversation, on, now()))
  }

  /** How far a stored message of one's own has come with all others: sent, delivered or read. */
  status(conversation: string, seq: number): SendState {
    return this.state.status(conversation, seq)
  }

  /** A rejected command again, as a new one; one that has no outcome yet is tried now. Throws like `submit`. */
  retry(id: string): Sent {
    const waiting = this.unsettled.find((sent) => sent.id === id)
    if (waiting !== undefined) {
      this.tryNow()
      return waiting
    }
    const refused = this.refusals.get(id)
    if (refused === undefined) throw new ParleyError(`there is no command ${id}`)
    const sent = this.command(refused.kind, refused.conversation, refused.given)
    this.refusals.discard(id)
    return sent
  }

  /** Forget a command. One that was under way may still be done. */
  discard(id: string): void {
    this.state.drop(id)
    this.refusals.discard(id)
    this.outbox?.remove(id)
  }

  private command(kind: Command["kind"], conversation: string, given: Given): Sent {
    if (this.engine.isStopped) throw new Closed("the client has stopped")
    const command = { id: newId(), kind, conversation, given, created_at: new Date().toISOString() }
    const [sent, output] = this.state.submit(command, now())
    try {
      this.outbox?.put(command)
    } catch (error) {
      this.state.drop(command.id)
      throw error
    }
    this.engine.do(output)
    return sent
  }

  /** Go on with what a former client left. */
  private restore(commands: readonly Command[]): void {
    const refused = commands.filter((command) => command.error !== undefined)
    for (const command of refused) this.refusals.keep({ ...command, state: "rejected" })
    const rest = commands.filter((command) => command.error === undefined)
    this.engine.do(this.state.restore(rest, now()))
  }

  private tell(events: readonly Event[]): void {
    this.told.push(...events)
    if (this.telling) return
    this.telling = true
    try {
      for (let event = this.told.shift(); event !== undefined; event = this.told.shift()) {
        this.note(event)
        for (const listener of [...this.listeners]) safely(() => listener(event))
        if (event.event === "message") this.engine.do(this.state.handed(event.message, now()))
      }
    } finally {
      this.telling = false
    }
  }

  /** Keep the outbox as it should be before anybody is told. */
  private note(event: Event): void {
    if (event.event === "send") this.settle(event.sent)
    else if (event.event === "ended") this.forget()
    else if (event.event === "disconnected" && event.retry_in === null) {
      for (const stop of this.stopFollowing) stop()
      this.stopFollowing = []
    }
  }

  private settle(sent: Sent): void {
    if (sent.state === "rejected" && this.refusals.worthKeeping(sent)) this.refusals.keep(sent)
    else if (sent.state === "rejected" || sent.seq !== undefined) this.outbox?.remove(sent.id)
  }

  private forget(): void {
    for (const { id } of this.unsettled) this.state.drop(id)
    this.refusals.clear()
    this.outbox?.wipe?.()
  }
}

/** A listener that fails is its author's to hear of; the others are told all the same. */
function safely(act: () => void): void {
  try {
    act()
  } catch (error) {
    queueMicrotask(() => {
      throw error
    })
  }
}

/** Without halves of characters, which no JSON can carry. */
function wellFormed(text: string): string {
  return text.replace(/\p{Surrogate}/gu, "\uFFFD")
}

function now(): number {
  return performance.now() / 1000
}

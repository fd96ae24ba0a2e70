/**
 * The client's side of the protocol, without any I/O: calls and frames go in, frames and events come out.
 *
 * What it guarantees, whatever the server repeats, leaves out or reorders, and however often the socket breaks:
 *
 * - each change of a conversation (by its rev) is told once, in rev order; where one is missing, those after it wait
 *   until a `sync` has brought it, or the server has said `reset`;
 * - a command is kept until `stored` or `rejected` names it, and sent again under the same id: after each `connected`
 *   (all that are left, in order), after an error that a retry may help, and when no outcome comes for too long.
 *
 * A conversation is followed from the rev at which its first summary shows it. One that appears later is caught up with
 * from its beginning when that is at most NEWCOMER_CHANGES back, else it begins with a reset: its history is to be read.
 */
import { FrameTooLarge } from "../errors.ts"
import type { Command, Event, SendState, Sent } from "../events.ts"
import type { components } from "../generated/socket.ts"
import type { Cursor, Message, Summary } from "../wire.ts"
import { type Acknowledgement, Acknowledgements } from "./acknowledging.ts"
import type { Random } from "./backoff.ts"
import { Numbering } from "./numbering.ts"
import { type CommandFrame, frameOf, Outbox } from "./outbox.ts"
import { type Frame, readFrame, readList, readMessage, readSummary, readUser } from "./reading.ts"
import { Receipts } from "./receipts.ts"
import { MAX_CURSORS, Syncs } from "./syncing.ts"
import { Typists } from "./typists.ts"

const PROTOCOL = 1
const NEWCOMER_CHANGES = 200
const OUTBOX_LIMIT = 1000
const MAX_FRAME_BYTES = 64 * 1024

type Frames = components["schemas"]
type Cursors = Record<string, Cursor>

export type ClientFrame =
  | { type: "connect"; protocol: number; token: string; device: string; cursors?: Cursors }
  | { type: "sync"; id: string; cursors: Cursors }
  | { type: "refresh"; token: string }
  | { type: "typing"; conversation: string; on: boolean }
  | Acknowledgement
  | CommandFrame

/** What is to be sent, and what the application is to be told, each in order. */
export interface Output {
  frames: ClientFrame[]
  events: Event[]
}

/** All that one client knows. `now` is any steady clock's seconds; ids of questions are drawn from `newId`. */
export class ClientState {
  /** Whether there is a socket on which the server has said `connected`. */
  connected = false
  private readonly outbox: Outbox
  private readonly syncs: Syncs
  private readonly typists = new Typists()
  private readonly acknowledgements = new Acknowledgements()
  private readonly receipts = new Receipts()
  /** The one that moved last comes last. */
  private readonly numberings = new Map<string, Numbering>()
  private met = false
  /** The cursors that the last `connect` had room for. */
  private named: string[] = []
  private frames: ClientFrame[] = []
  private events: Event[] = []

  constructor(
    private readonly newId: () => string,
    random: Random,
  ) {
    this.outbox = new Outbox(random, OUTBOX_LIMIT)
    this.syncs = new Syncs(random)
  }

  /** The commands that have no outcome yet, in order. */
  get unsettled(): Sent[] {
    return this.outbox.unsettled()
  }

  // What the application and the socket's driver do.

  /** The first frame of a new socket; with too many cursors for it, the rest is asked for after `connected`. */
  connectFrame(token: string, device: string): ClientFrame {
    const here = [...this.numberings].filter(([, numbering]) => !numbering.gone).slice(-MAX_CURSORS)
    this.named = here.map(([conversation]) => conversation)
    const cursors = Object.fromEntries(here.map(([conversation, numbering]) => [conversation, numbering.cursor]))
    return { type: "connect", protocol: PROTOCOL, token, device, ...(here.length > 0 && { cursors }) }
  }

  /** Keep a command until its outcome is known, and send it now if there is a socket. Throws OutboxFull, FrameTooLarge. */
  submit(command: Command, now: number): [Sent, Output] {
    const sent = this.keep(command, now)
    return [sent, this.out(now)]
  }

  /**
   * Go on with commands that were given to a former client, in their order; those known already are let pass, and those
   * there is no room for.
   */
  restore(commands: readonly Command[], now: number): Output {
    for (const command of commands) {
      if (this.outbox.isFull) break
      if (!this.outbox.has(command.id)) this.keep(command, now)
    }
    return this.out(now)
  }

  /** Send a command no more. If it was under way, it may still be done. */
  drop(id: string): boolean {
    return this.outbox.drop(id)
  }

  /** The application has this message: the server is told soon, unless it is one's own. */
  handed(message: Message, now: number): Output {
    if (message.sender !== this.receipts.me)
      this.acknowledgements.reach(message.conversation, now, { delivered: message.seq })
    return this.out(now)
  }

  /** The user has read everything up to this seq: the server is told soon. */
  read(conversation: string, seq: number, now: number): Output {
    this.acknowledgements.reach(conversation, now, { read: seq })
    return this.out(now)
  }

  /** How far a stored message of one's own has come with all others, as far as is known here. */
  status(conversation: string, seq: number): SendState {
    return this.receipts.status(conversation, seq)
  }

  /** Say that the user types, or has stopped: if there is a socket, and not more often than is of use. */
  type(conversation: string, on: boolean, now: number): Output {
    if (this.connected && this.typists.say(conversation, now, on))
      this.frames.push({ type: "typing", conversation, on })
    return this.out(now)
  }

  /** Go on under a new access token. */
  refresh(token: string): Output {
    return { frames: this.connected ? [{ type: "refresh", token }] : [], events: [] }
  }

  /** Follow conversations that `connected` had no room for, from where their summaries show them. */
  learn(summaries: readonly Summary[], now: number): Output {
    for (const summary of summaries) {
      if (this.numberings.has(summary.id)) continue
      this.numberings.set(summary.id, new Numbering(summary.epoch, summary.rev))
      this.tellSummary(summary)
    }
    return this.out(now)
  }

  /** The socket is gone. What is kept is the cursors and the outbox. */
  disconnected(): void {
    this.connected = false
    this.syncs.interrupt()
    this.typists.hushed()
    for (const numbering of this.numberings.values()) numbering.interrupt()
  }

  /** Do what has become due. To be called at `nextDue`; earlier and oftener does no harm. */
  tick(now: number): Output {
    if (this.connected) {
      this.syncs.giveUpLate(now)
      this.frames.push(...this.outbox.resendDue(now), ...this.acknowledgements.takeDue(now))
    }
    for (const typist of this.typists.expired(now)) this.events.push({ event: "typing", ...typist, on: false })
    return this.out(now)
  }

  /** When `tick` has something to do; Infinity: not before something else happens. */
  nextDue(): number {
    const clocks = this.connected ? [this.outbox, this.syncs, this.acknowledgements] : []
    return Math.min(this.typists.nextDue(), ...clocks.map((clock) => clock.nextDue()))
  }

  /** Take one frame of the server. Throws BadFrame: the socket is to be given up. */
  receive(frame: Frame, now: number): Output {
    this.take(frame, now)
    return this.out(now)
  }

  // What the server sends.

  private take(given: Frame, now: number): void {
    const frame = readFrame(given)
    switch (frame?.type) {
      case undefined:
        this.tell({ event: "pushed", frame: given })
        break
      case "connected":
        this.begin(frame, now)
        break
      case "accepted":
        this.tellSent(this.outbox.accepted(frame.id, frame.at))
        break
      case "stored":
        this.stored(this.outbox.stored(frame.id, frame.seq, frame.rev))
        break
      case "rejected":
        this.tellSent(this.outbox.rejected(frame.id, frame.error))
        break
      case "error":
        this.failed(frame, now)
        break
      case "message":
        this.pushed(readMessage(frame), now)
        break
      case "conversation":
        this.meet(readSummary(frame), now, false)
        break
      case "changes":
        this.changed(frame, now)
        break
      case "reset":
        this.reset(frame, now)
        break
      case "gone":
        this.gone(frame)
        break
      case "synced":
        this.synced(frame.id, now)
        break
      case "typing":
        this.hearTyping(frame.conversation, frame.user, now, frame.on)
        break
      case "receipt":
        this.receipt(frame)
        break
      case "ended":
        this.tell({ event: "ended", conversation: frame.conversation, by: frame.by ?? "" })
        break
      case "notice":
        this.tell({ event: "notice", conversation: frame.conversation, code: frame.code, at: frame.at ?? null })
        break
      case "user_status":
        this.tell({
          event: "status",
          user: frame.user,
          online: frame.status === "online",
          last_online: frame.last_online ?? null,
        })
        break
      case "signed_out":
        this.tell({ event: "signed_out" })
        break
      case "refreshed":
        break // the new token is in force; there is nothing to do about it
    }
  }

  private begin(frame: Frames["Connected"], now: number): void {
    const user = readUser(frame.user)
    const summaries = readList(frame.conversations, readSummary)
    const { edge, session, online = [], more = false } = frame
    this.connected = true
    this.receipts.me = user.id
    this.acknowledgements.begin(user.id, summaries, now)
    this.tell({ event: "connected", user, edge, session, online, more })
    for (const conversation of this.named) this.numberings.get(conversation)?.answered()
    for (const conversation of this.numberings.keys()) this.check(conversation, now)
    for (const summary of summaries) this.meet(summary, now, !this.met)
    this.met = true
    this.frames.push(...this.outbox.resendAll(now))
  }

  private stored(stored: Sent | null): void {
    this.tellSent(stored?.kind === "message" ? this.receipts.follow(stored) : stored)
  }

  private failed(frame: Frames["ErrorFrame"], now: number): void {
    const id = frame.id ?? null
    if (id !== null && this.syncs.failed(id, now)) return
    if (id !== null) this.outbox.failed(id, frame.error, now)
    this.tell({ event: "failed", error: frame.error, id })
  }

  private pushed(message: Message, now: number): void {
    const { conversation, epoch, rev, sender } = message
    const numbering = this.numberings.get(conversation) ?? this.follow(conversation, epoch, rev - 1)
    if (numbering.gone) return
    this.tellMessages(conversation, numbering, numbering.push(message), now)
    this.hearTyping(conversation, sender, now, false)
  }

  private changed(frame: Frames["Changes"], now: number): void {
    const { conversation, epoch, from, to, more = false } = frame
    const messages = readList(frame.messages, readMessage)
    const numbering = this.numberings.get(conversation) ?? this.follow(conversation, epoch, from)
    if (numbering.gone) return
    this.tellMessages(conversation, numbering, numbering.changes(epoch, from, to, messages, more), now)
  }

  private reset(frame: Frames["Reset"], now: number): void {
    const { conversation, epoch, rev } = frame
    const numbering = this.numberings.get(conversation) ?? new Numbering(epoch, rev)
    if (numbering.cursor.epoch !== epoch) this.forget(conversation)
    this.tell({ event: "reset", conversation, epoch, rev })
    this.tellMessages(conversation, numbering, numbering.reset(epoch, rev), now)
  }

  private gone(frame: Frames["Gone"]): void {
    const numbering = this.numberings.get(frame.conversation)
    if (numbering === undefined || numbering.gone) return
    numbering.leave()
    this.forget(frame.conversation)
    this.tell({ event: "gone", conversation: frame.conversation, reason: frame.reason ?? "" })
  }

  private synced(question: string, now: number): void {
    for (const [conversation, stood] of this.syncs.answered(question)) {
      const numbering = this.numberings.get(conversation)
      if (numbering === undefined) continue
      numbering.answered()
      if (!numbering.stands(stood.cursor)) {
        this.syncs.settled(conversation)
        this.check(conversation, now)
        continue
      }
      numbering.upToDate(stood.strangers)
      if (numbering.behind) this.syncs.again(conversation, now)
    }
  }

  private receipt(frame: Frames["Receipt"]): void {
    const { conversation, user, delivered, read, at } = frame
    if (user === this.receipts.me) this.acknowledgements.shown(conversation, delivered, read)
    const reached = this.receipts.heard(conversation, user, delivered, read)
    if (reached === null) return
    this.tell({ event: "receipt", conversation, user, ...reached, at })
    this.tellMoved(conversation)
  }

  private hearTyping(conversation: string, user: string, now: number, on: boolean): void {
    if (this.typists.heard({ conversation, user }, now, on)) this.tell({ event: "typing", conversation, user, on })
  }

  /** A summary: of a conversation that is followed already, comes back, or begins here. */
  private meet(summary: Summary, now: number, first: boolean): void {
    const { id, epoch, rev } = summary
    this.tellSummary(summary)
    this.tellMoved(id)
    const numbering = this.numberings.get(id)
    if (numbering?.gone) {
      numbering.comeBack(rev)
      this.check(id, now)
    } else if (numbering === undefined && first) {
      this.numberings.set(id, new Numbering(epoch, rev))
    } else if (numbering === undefined) {
      this.follow(id, epoch, rev > NEWCOMER_CHANGES ? rev : 0).expect(rev)
      this.check(id, now)
    }
  }

  /** Follow a conversation from `rev` on; what is below was never told, and that is said. */
  private follow(conversation: string, epoch: string, rev: number): Numbering {
    if (rev > 0) this.tell({ event: "reset", conversation, epoch, rev })
    const numbering = new Numbering(epoch, rev)
    this.numberings.set(conversation, numbering)
    return numbering
  }

  private forget(conversation: string): void {
    this.acknowledgements.forget(conversation)
    this.receipts.forget(conversation)
  }

  // What comes out.

  private keep(command: Command, now: number): Sent {
    const frame = frameOf(command)
    if (new TextEncoder().encode(JSON.stringify(frame)).length > MAX_FRAME_BYTES)
      throw new FrameTooLarge(`a message takes at most ${MAX_FRAME_BYTES} bytes`)
    const sent: Sent = { ...command, state: "sending" }
    const atOnce = this.outbox.put(sent, frame, now)
    this.tellSent(sent)
    if (this.connected && atOnce) this.frames.push(frame)
    return sent
  }

  private tell(event: Event): void {
    this.events.push(event)
  }

  private tellSent(sent: Sent | null): void {
    if (sent !== null) this.tell({ event: "send", sent })
  }

  private tellMoved(conversation: string): void {
    for (const sent of this.receipts.moved(conversation)) this.tellSent(sent)
  }

  private tellSummary(summary: Summary): void {
    this.tell({ event: "conversation", conversation: summary.id, summary: this.receipts.meet(summary) })
  }

  private tellMessages(conversation: string, numbering: Numbering, messages: readonly Message[], now: number): void {
    this.numberings.delete(conversation)
    this.numberings.set(conversation, numbering)
    for (const message of messages) this.tell({ event: "message", conversation, rev: message.rev, message })
    this.check(conversation, now)
  }

  private check(conversation: string, now: number): void {
    if (this.numberings.get(conversation)?.behind) this.syncs.want(conversation, now)
    else this.syncs.settled(conversation)
  }

  private ask(now: number): void {
    if (!this.connected) return
    for (let about = this.syncs.take(now); about.length > 0; about = this.syncs.take(now)) {
      const id = this.newId()
      const asked = about.flatMap((conversation) => {
        const numbering = this.numberings.get(conversation)
        return numbering === undefined ? [] : [{ conversation, numbering }]
      })
      const standings = asked.map(({ conversation, numbering }) => {
        const standing = { cursor: numbering.cursor, strangers: numbering.strangers() }
        return [conversation, standing] as const
      })
      this.syncs.asked(id, new Map(standings), now)
      const cursors = Object.fromEntries(standings.map(([conversation, { cursor }]) => [conversation, cursor]))
      this.frames.push({ type: "sync", id, cursors })
    }
  }

  private out(now: number): Output {
    this.ask(now)
    const output = { frames: this.frames, events: this.events }
    this.frames = []
    this.events = []
    return output
  }
}

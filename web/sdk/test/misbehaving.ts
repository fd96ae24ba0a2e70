/**
 * A server in memory with one conversation, over a network that cuts, repeats, leaves out and reorders. What it promises
 * is the protocol's: commands are done once, by their ids; what it has stored it can be asked for.
 */
import { Unreachable } from "../src/errors.ts"
import type { Load } from "../src/timeline/timeline.ts"
import type { Message } from "../src/wire.ts"
import { type Json, Peer, summary, USER } from "./fakes.ts"
import { message } from "./messages.ts"

export const CONVERSATION = "c_1"
const PAGE = 5

export class MisbehavingServer {
  /** What there is, by seq - 1. */
  messages: Message[] = []
  /** The ids of commands in the order in which they were done. */
  readonly done: string[] = []
  /** From here on it does as it should. */
  calm = false
  readonly peers: Peer[] = []
  private epoch = 1
  private rev = 0
  private readonly outcomes = new Map<string, Json>()
  private readonly lines = new Map<Peer, Json[]>()
  private answers: (() => void)[] = []

  constructor(
    private readonly random: () => number,
    /** Whether commands may be answered by an error that a retry helps. */
    private readonly flaky: boolean,
  ) {}

  get WebSocket(): typeof WebSocket {
    const accept = (url: string) => this.accept(url)
    function Socket(url: string): Peer {
      return accept(url)
    }
    return Socket as unknown as typeof WebSocket
  }

  chance(share: number): boolean {
    return !this.calm && this.random() < share
  }

  below(limit: number): number {
    return Math.floor(this.random() * limit)
  }

  // What others do.

  say(sender = "u_2", id = `other-${this.rev + 1}`, text = "hello"): Message {
    return this.store(this.messages.length + 1, { sender, client_id: id, text })
  }

  change(): void {
    const found = this.messages[this.below(this.messages.length)]
    if (found !== undefined)
      this.store(found.seq, { sender: found.sender, client_id: found.client_id, text: "changed" })
  }

  /** All of it begins anew, as after a restored backup. */
  restart(): void {
    this.epoch += 1
    this.messages = this.messages.slice(0, this.below(this.messages.length + 1))
    this.messages = this.messages.map((one) => ({ ...one, epoch: this.now, rev: one.seq }))
    this.rev = this.messages.length
    this.outcomes.clear()
    for (const peer of this.peers) this.cut(peer)
  }

  // The network.

  cut(peer: Peer | undefined = this.peers.at(-1)): void {
    if (peer === undefined || peer.readyState === 3) return
    this.lines.delete(peer)
    peer.end(this.random() < 0.5 ? 1006 : 1012)
  }

  /** One frame of some socket arrives, or an answer of REST. */
  deliver(): void {
    for (const [peer, line] of this.lines) {
      const at = this.chance(0.1) ? this.below(line.length) : 0
      const [frame] = line.splice(at, 1)
      if (frame === undefined) continue
      if (frame.type === "message" && this.chance(0.05)) continue
      peer.say(frame)
      if (this.chance(0.1)) peer.say(frame)
    }
    if (this.random() < 0.5) this.answers.splice(this.below(this.answers.length), 1)[0]?.()
  }

  readonly load: Load = ({ before, after, around, limit }) => {
    const read = () => {
      const size = Math.min(limit, PAGE)
      if (before !== undefined)
        return page(
          this.messages.filter((one) => one.seq < before),
          -size,
        )
      if (after !== undefined)
        return page(
          this.messages.filter((one) => one.seq > after),
          size,
        )
      if (around === undefined) return page(this.messages, -size)
      const near = this.messages.filter((one) => Math.abs(one.seq - around) < size)
      return { messages: near, more: near.length < this.messages.length }
    }
    const old = this.chance(0.5) ? read() : null
    return new Promise((resolve, reject) => {
      const failing = this.chance(0.2)
      this.answers.push(() => (failing ? reject(new Unreachable("no answer")) : resolve(old ?? read())))
    })
  }

  private get now(): string {
    return `e${this.epoch}`
  }

  private accept(url: string): Peer {
    const peer = new Peer(url)
    this.peers.push(peer)
    peer.onHeard = (frame) => this.hear(peer, frame)
    setTimeout(() => (this.chance(0.1) ? peer.end(1006) : peer.open()), 10)
    return peer
  }

  private put(peer: Peer, ...frames: Json[]): void {
    this.lines.get(peer)?.push(...frames)
  }

  private hear(peer: Peer, frame: Json): void {
    if (peer.readyState !== 1) return
    if (frame.type === "connect") this.connect(peer, frame)
    else if (frame.type === "sync") this.put(peer, ...this.missed(frame.cursors), { type: "synced", id: frame.id })
    else if (frame.type === "message" || frame.type === "edit") this.put(peer, ...this.answersTo(frame))
  }

  private connect(peer: Peer, { cursors }: Json): void {
    for (const other of this.peers) if (other !== peer) this.cut(other)
    this.lines.set(peer, [])
    const shown = summary(CONVERSATION, this.rev, { epoch: this.now, seq: this.messages.length })
    const welcome = {
      type: "connected",
      session: "s",
      user: { ...USER },
      edge: "e",
      conversations: [shown],
      more: false,
    }
    this.put(peer, welcome, ...this.missed(cursors))
  }

  /** What is newer than these cursors, at most a page of it. */
  private missed(cursors: unknown): Json[] {
    const cursor = cursorOf(cursors)
    if (cursor === null) return []
    const { epoch, rev } = cursor
    if (epoch !== this.now) return [{ type: "reset", conversation: CONVERSATION, epoch: this.now, rev: this.rev }]
    const newer = this.messages.filter((one) => one.rev > rev).sort((one, other) => one.rev - other.rev)
    if (rev === this.rev) return []
    const messages = newer.slice(0, PAGE)
    const more = newer.length > PAGE
    const to = more ? (messages.at(-1)?.rev ?? this.rev) : this.rev
    return [{ type: "changes", conversation: CONVERSATION, epoch, from: rev, to, messages, more }]
  }

  /** What a command is answered by on this socket: it may get lost, and so may the answer. */
  private answersTo(frame: Json): Json[] {
    const id = String(frame.id)
    const known = this.outcomes.get(id)
    if (known !== undefined) return [known]
    if (this.flaky && this.chance(0.2))
      return [{ type: "error", id, error: { code: "unavailable", message: "", retry: true } }]
    if (this.chance(0.1)) return []
    const outcome = this.outcome(id, frame)
    this.outcomes.set(id, outcome)
    const accepted = { type: "accepted", id, at: "2026-01-31T09:05:07.123Z" }
    return this.chance(0.1) ? [accepted] : [accepted, outcome]
  }

  private outcome(id: string, frame: Json): Json {
    const seq = Number(frame.seq)
    if (frame.type === "edit" && this.messages[seq - 1] === undefined)
      return { type: "rejected", id, error: { code: "not_found", message: "", retry: false } }
    this.done.push(id)
    const text = String(frame.text)
    const { rev, ...stored } =
      frame.type === "edit" ? this.store(seq, { sender: USER.id, text }) : this.say(USER.id, id, text)
    return { type: "stored", id, conversation: CONVERSATION, seq: stored.seq, rev }
  }

  private store(seq: number, more: Partial<Message>): Message {
    this.rev += 1
    const stored = message(seq, this.rev, { epoch: this.now, ...more })
    this.messages[seq - 1] = stored
    for (const peer of this.lines.keys()) this.put(peer, { type: "message", ...stored })
    return stored
  }
}

function page(messages: Message[], size: number) {
  const shown = size < 0 ? messages.slice(size) : messages.slice(0, size)
  return { messages: shown, more: shown.length < messages.length }
}

function cursorOf(cursors: unknown): { epoch: string; rev: number } | null {
  if (typeof cursors !== "object" || cursors === null || !(CONVERSATION in cursors)) return null
  return cursors[CONVERSATION] as { epoch: string; rev: number }
}

/** Commands and what became of them: each is kept until the server names its outcome. */
import { OutboxFull } from "../errors.ts"
import type { Command, Given, Sent } from "../events.ts"
import type { ErrorBody } from "../wire.ts"
import { Backoff, type Random } from "./backoff.ts"

/** A command without an outcome is sent again, under the same id, after so long on one socket. */
const UNANSWERED = new Backoff(10, 60)
/** The same after an error that says that a retry may help, for all that have no answer, in order. */
const FAILED = new Backoff(1, 30)

export type CommandFrame = { type: Command["kind"]; id: string; conversation: string } & Readonly<Given>

interface Entry {
  frame: CommandFrame
  sent: Sent
  tries: number
  /** When it is to be sent again. Meaningless while there is no socket. */
  due: number
}

export function frameOf(command: Command): CommandFrame {
  return { type: command.kind, id: command.id, conversation: command.conversation, ...command.given }
}

/**
 * At most `limit` commands, in the order in which they were given.
 *
 * After a failure that a retry may help, everything waits for the one retry and goes again in that order, what was
 * given meanwhile behind it: commands retried each by itself would overtake one another.
 */
export class Outbox {
  private readonly entries = new Map<string, Entry>()
  /** In a row, of whichever command. */
  private failures = 0
  private retryAt: number | null = null

  constructor(
    private readonly random: Random,
    private readonly limit: number,
  ) {}

  /** Those without an outcome, in order. */
  unsettled(): Sent[] {
    return [...this.entries.values()].map((entry) => entry.sent)
  }

  get isFull(): boolean {
    return this.entries.size >= this.limit
  }

  has(id: string): boolean {
    return this.entries.has(id)
  }

  /** Keep a command; whether it may be sent at once, or has to wait behind others. Throws OutboxFull. */
  put(sent: Sent, frame: CommandFrame, now: number): boolean {
    if (this.isFull) throw new OutboxFull(`${this.limit} commands wait for their outcome`)
    this.entries.set(sent.id, { frame, sent, tries: 0, due: now + UNANSWERED.wait(0, this.random) })
    return this.retryAt === null
  }

  /** Keep it no longer, whatever becomes of it. */
  drop(id: string): boolean {
    return this.entries.delete(id)
  }

  /** Everything that is left, in order: a new socket begins with it. */
  resendAll(now: number): CommandFrame[] {
    this.retryAt = null
    for (const entry of this.entries.values()) {
      entry.tries = 0
      entry.due = now + UNANSWERED.wait(0, this.random)
    }
    return [...this.entries.values()].map((entry) => entry.frame)
  }

  /** What is to be sent again by now, in order. */
  resendDue(now: number): CommandFrame[] {
    const due = this.due(now)
    for (const entry of due) {
      entry.tries += 1
      entry.due = now + UNANSWERED.wait(entry.tries, this.random)
    }
    return due.map((entry) => entry.frame)
  }

  nextDue(): number {
    if (this.retryAt !== null) return this.retryAt
    return [...this.entries.values()].reduce((least, entry) => Math.min(least, entry.due), Number.POSITIVE_INFINITY)
  }

  // Answers. Each returns the new state where it is news; an answer to nothing that is kept is an old one.

  accepted(id: string, at: string): Sent | null {
    this.failures = 0
    const entry = this.entries.get(id)
    if (entry === undefined || entry.sent.state === "accepted") return null
    entry.sent = { ...entry.sent, state: "accepted", at }
    return entry.sent
  }

  stored(id: string, seq: number, rev: number): Sent | null {
    return this.settle(id, { state: "sent", seq, rev })
  }

  rejected(id: string, error: ErrorBody): Sent | null {
    return this.settle(id, { state: "rejected", error })
  }

  /** An error is no outcome: the command stays, and is sent again soon if that may help. */
  failed(id: string, error: ErrorBody, now: number): void {
    if (!this.entries.has(id) || !error.retry || this.retryAt !== null) return
    this.retryAt = now + Math.max(FAILED.wait(this.failures, this.random), error.retry_after ?? 0)
    this.failures += 1
  }

  private due(now: number): Entry[] {
    const retried = this.retryAt !== null
    if (this.retryAt !== null && this.retryAt > now) return []
    this.retryAt = null
    return [...this.entries.values()].filter((one) => one.due <= now || (retried && one.sent.state === "sending"))
  }

  private settle(id: string, outcome: Partial<Sent> & Pick<Sent, "state">): Sent | null {
    const entry = this.entries.get(id)
    if (entry === undefined) return null
    this.entries.delete(id)
    return { ...entry.sent, ...outcome }
  }
}

/** Which conversations the server is being asked about, and when to ask again. */
import type { Cursor } from "../wire.ts"
import { Backoff, type Random } from "./backoff.ts"

export const MAX_CURSORS = 200

/** After an answer that brought nothing, or none: what is missing must be there, so the server is asked again. */
const AGAIN = new Backoff(0.25, 30)
const ANSWER_SECONDS = 10

/** Where a conversation stood when the server was asked about it. */
export interface Standing {
  cursor: Cursor
  /** The pushes of other epochs it had. */
  strangers: string[]
}

type Standings = ReadonlyMap<string, Standing>

/** At most one question about a conversation at a time. */
export class Syncs {
  private readonly due = new Map<string, number>()
  private readonly tries = new Map<string, number>()
  private readonly questions = new Map<string, { about: Standings; deadline: number }>()
  private readonly underWay = new Set<string>()

  constructor(private readonly random: Random) {}

  /** Ask about it as soon as may be. */
  want(conversation: string, now: number): void {
    if (!this.underWay.has(conversation) && !this.due.has(conversation)) this.due.set(conversation, now)
  }

  /** Nothing is missing there any more. */
  settled(conversation: string): void {
    this.due.delete(conversation)
    this.tries.delete(conversation)
  }

  /** What to ask about now, at most as many as one question may name. */
  take(now: number): string[] {
    const ripe = [...this.due].filter(([, due]) => due <= now)
    return ripe.slice(0, MAX_CURSORS).map(([conversation]) => conversation)
  }

  asked(question: string, about: Standings, now: number): void {
    this.questions.set(question, { about, deadline: now + ANSWER_SECONDS })
    for (const conversation of about.keys()) {
      this.underWay.add(conversation)
      this.due.delete(conversation)
    }
  }

  /** What it was about; empty for a question that was given up before. */
  answered(question: string): Standings {
    const found = this.questions.get(question)
    if (found === undefined) return new Map()
    this.questions.delete(question)
    for (const conversation of found.about.keys()) this.underWay.delete(conversation)
    return found.about
  }

  /** The answer brought nothing. */
  again(conversation: string, now: number): void {
    const tries = this.tries.get(conversation) ?? 0
    this.tries.set(conversation, tries + 1)
    this.due.set(conversation, now + AGAIN.wait(tries, this.random))
  }

  /** The server could not answer. False: there is no such question. */
  failed(question: string, now: number): boolean {
    const about = this.answered(question)
    for (const conversation of about.keys()) this.again(conversation, now)
    return about.size > 0
  }

  /** Ask anew what has not been answered in time. */
  giveUpLate(now: number): void {
    for (const [name, question] of [...this.questions]) if (question.deadline <= now) this.failed(name, now)
  }

  nextDue(): number {
    const deadlines = [...this.questions.values()].map((question) => question.deadline)
    return Math.min(...this.due.values(), ...deadlines)
  }

  /** The socket is gone, and every question with it. */
  interrupt(): void {
    this.due.clear()
    this.tries.clear()
    this.questions.clear()
    this.underWay.clear()
  }
}

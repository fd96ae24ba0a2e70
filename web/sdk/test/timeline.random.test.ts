/** A window over a conversation that goes on meanwhile, with answers that come late, old, or not at all. */
import { afterEach, beforeEach, expect, test, vi } from "vitest"
import { Unreachable } from "../src/errors.ts"
import { type Load, Timeline } from "../src/timeline/timeline.ts"
import type { Message } from "../src/wire.ts"
import { message } from "./messages.ts"
import { seeded } from "./seeded.ts"

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const CAP = 12
const SEEDS = Array.from({ length: 120 }, (_, seed) => seed + 1)

class World {
  private readonly stored: Message[] = []
  /** Stored, and not told to the window yet: in the order of their revs. */
  private readonly underWay: Message[] = []
  private readonly answers: (() => void)[] = []
  private readonly shown = new Map<number, number>()
  private rev = 0
  readonly timeline: Timeline

  constructor(readonly random: () => number) {
    for (let count = this.below(60); count > 0; count -= 1) this.say()
    this.underWay.length = 0
    this.timeline = new Timeline(this.load, CAP)
    this.timeline.subscribe(() => this.check())
  }

  below(limit: number): number {
    return Math.floor(this.random() * limit)
  }

  act(): void {
    const { timeline } = this
    const acts = [
      () => this.say(),
      () => this.say(),
      () => this.change(),
      () => this.tell(),
      () => this.tell(),
      () => this.tell(),
      () => this.answer(),
      () => this.answer(),
      () => void timeline.older(),
      () => void timeline.newer(),
      () => void timeline.newer(),
      () => void (this.random() < 0.1 && timeline.open(1 + this.below(this.stored.length + 3))),
      () => void (this.random() < 0.1 && timeline.open("end")),
      () => void (this.random() < 0.1 && timeline.reset()),
    ]
    acts[this.below(acts.length)]?.()
  }

  /** Whatever is under way arrives, and everything is asked for. */
  async rest(): Promise<void> {
    for (let turns = 0; turns < 400; turns += 1) {
      this.tell()
      this.answer(true)
      await vi.advanceTimersByTimeAsync(1000)
      if (this.underWay.length > 0 || this.timeline.loading !== null) continue
      if (this.timeline.atEnd) break
      void this.timeline.newer()
    }
    this.check()
    const { messages } = this.timeline
    expect(messages.at(-1)?.seq).toBe(this.stored.at(-1)?.seq)
    for (const one of messages) expect(one.rev).toBe(this.stored[one.seq - 1]?.rev)
    expect(messages.length).toBeLessThanOrEqual(2 * CAP)
  }

  private readonly load: Load = ({ before, after, around, limit }) => {
    // Smaller pages than were asked for, as a server may give.
    const size = Math.min(limit, 4 + this.below(6))
    const lower = around === undefined ? (after ?? 0) : Math.max(0, around - size)
    const read = () => {
      const all = this.stored.map((one) => one)
      const upper = around === undefined ? (before ?? all.length + 1) : around + size
      const within = all.filter((one) => one.seq > lower && one.seq < upper)
      const messages = around !== undefined ? within : after === undefined ? within.slice(-size) : within.slice(0, size)
      return { messages, more: around === undefined ? within.length > size : within.length < all.length }
    }
    const old = this.random() < 0.5 ? read() : null
    return new Promise((resolve, reject) => {
      const failing = this.random() < 0.2
      this.answers.push(() => (failing ? reject(new Unreachable("no answer")) : resolve(old ?? read())))
    })
  }

  private say(): void {
    this.rev += 1
    this.store(message(this.stored.length + 1, this.rev))
  }

  private change(): void {
    if (this.stored.length === 0) return
    this.rev += 1
    this.store(message(1 + this.below(this.stored.length), this.rev))
  }

  private store(one: Message): void {
    this.stored[one.seq - 1] = one
    this.underWay.push(one)
  }

  private tell(): void {
    const next = this.underWay.shift()
    if (next !== undefined) this.timeline.take(next)
  }

  private answer(all = false): void {
    do this.answers.splice(this.below(this.answers.length), 1)[0]?.()
    while (all && this.answers.length > 0)
  }

  private check(): void {
    const { messages, atEnd } = this.timeline
    messages.forEach((one, index) => {
      expect(one.seq).toBe((messages[0]?.seq ?? 0) + index)
      const before = this.shown.get(one.seq) ?? 0
      expect(one.rev).toBeGreaterThanOrEqual(before)
    })
    this.shown.clear()
    for (const one of messages) this.shown.set(one.seq, one.rev)
    if (atEnd && this.timeline.loading === null) {
      const told = this.stored.filter((one) => !this.underWay.some((waiting) => waiting.seq === one.seq))
      expect(messages.at(-1)?.seq ?? 0).toBeGreaterThanOrEqual(told.at(-1)?.seq ?? 0)
    }
  }
}

test.each(SEEDS)("no hole, nothing old, nothing lost (seed %i)", async (seed) => {
  const world = new World(seeded(seed))
  void world.timeline.open(world.random() < 0.5 ? "end" : 1 + world.below(60))
  for (let acts = 0; acts < 150; acts += 1) {
    world.act()
    if (world.random() < 0.5) await vi.advanceTimersByTimeAsync(world.below(2000))
  }
  await world.rest()
})

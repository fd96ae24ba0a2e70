import { expect, test } from "vitest"
import { Numbering } from "../src/core/numbering.ts"
import type { Message } from "../src/wire.ts"
import { message } from "./messages.ts"
import { seeded } from "./seeded.ts"

const SEEDS = Array.from({ length: 150 }, (_, seed) => seed + 1)

/** Changes of one epoch; those that were superseded are not there any more. */
class Log {
  readonly changes: Message[] = []

  constructor(
    readonly epoch: string,
    private readonly random: () => number,
  ) {}

  get rev(): number {
    return this.changes.length
  }

  grow(): Message {
    const rev = this.rev + 1
    const seqs = Math.max(0, ...this.changes.map((one) => one.seq))
    const seq = this.random() < 0.3 && seqs > 0 ? 1 + Math.floor(this.random() * seqs) : seqs + 1
    const grown = message(seq, rev, { epoch: this.epoch })
    this.changes.push(grown)
    return grown
  }

  /** As a `sync` answers: everything newer, at most a page, the latest state of each message only. */
  after(rev: number, limit: number): { to: number; messages: Message[]; more: boolean } {
    const latest = new Map(this.changes.map((one) => [one.seq, one]))
    const newer = [...latest.values()].filter((one) => one.rev > rev).sort((one, other) => one.rev - other.rev)
    const more = newer.length > limit
    const messages = newer.slice(0, limit)
    return { to: more ? (messages.at(-1)?.rev ?? rev) : this.rev, messages, more }
  }
}

test.each(SEEDS)("each change once, in order, and none skipped but what was superseded (seed %i)", (seed) => {
  const random = seeded(seed)
  const below = (limit: number) => Math.floor(random() * limit)
  let log = new Log("e1", random)
  for (let count = below(20); count > 0; count -= 1) log.grow()
  const start = below(log.rev + 1)
  const numbering = new Numbering(log.epoch, start)
  let told: Message[] = []
  let base = start

  const answer = (limit: number) => {
    const { epoch, rev } = numbering.cursor
    if (epoch !== log.epoch) return reset()
    const { to, messages, more } = log.after(rev, limit)
    told.push(...numbering.changes(epoch, rev, to, messages, more))
    numbering.answered()
    if (!more) numbering.upToDate(numbering.strangers())
  }
  const reset = () => {
    told = [...numbering.reset(log.epoch, log.rev)]
    base = log.rev
  }
  const pushed: Message[] = []
  for (let acts = 0; acts < 200; acts += 1) {
    const act = below(10)
    if (act < 4) pushed.push(log.grow())
    else if (act < 7 && pushed.length > 0) told.push(...numbering.push(pushed[below(pushed.length)] ?? log.grow()))
    else if (act === 7) answer(1 + below(5))
    else if (act === 8 && random() < 0.2) numbering.interrupt()
    else if (act === 9 && random() < 0.05) {
      log = new Log(`${log.epoch}+`, random)
      log.grow()
      reset()
    }
    check()
  }
  for (let turns = 0; numbering.behind && turns < 1000; turns += 1) answer(5)
  numbering.expect(log.rev)
  for (let turns = 0; numbering.behind && turns < 1000; turns += 1) answer(5)
  check()
  expect(numbering.cursor).toEqual({ epoch: log.epoch, rev: log.rev })
  const last = new Map(told.map((one) => [one.seq, one.rev]))
  for (const one of log.after(base, 10_000).messages) expect(last.get(one.seq)).toBe(one.rev)

  function check(): void {
    const revs = told.map((one) => one.rev)
    expect(revs).toEqual([...new Set(revs)].sort((one, other) => one - other))
    expect(new Set(told.map((one) => one.epoch)).size).toBeLessThanOrEqual(1)
    if (revs.length > 0) expect(Math.max(...revs)).toBeLessThanOrEqual(numbering.cursor.rev)
  }
})

import { afterEach, beforeEach, expect, test, vi } from "vitest"
import { RequestFailed, Unreachable } from "../src/errors.ts"
import { sleep } from "../src/sleep.ts"
import { type Load, Timeline } from "../src/timeline/timeline.ts"
import type { Message } from "../src/wire.ts"
import { message } from "./messages.ts"

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

/** A conversation on a server that answers at once. */
class History {
  readonly asked: string[] = []
  fails: Error[] = []
  messages: Message[]

  constructor(count: number) {
    this.messages = Array.from({ length: count }, (_, index) => message(index + 1))
  }

  readonly load: Load = async (query) => {
    this.asked.push(JSON.stringify(query))
    const failure = this.fails.shift()
    if (failure !== undefined) throw failure
    return pageOf(this.messages, query)
  }

  say(): Message {
    const said = message(this.messages.length + 1, this.rev() + 1)
    this.messages.push(said)
    return said
  }

  change(seq: number): Message {
    const changed = message(seq, this.rev() + 1)
    this.messages[seq - 1] = changed
    return changed
  }

  private rev(): number {
    return Math.max(0, ...this.messages.map((one) => one.rev))
  }
}

function pageOf(all: readonly Message[], { before, after, around, limit }: Parameters<Load>[0]) {
  if (before !== undefined) {
    const older = all.filter((one) => one.seq < before)
    return { messages: older.slice(-limit), more: older.length > limit }
  }
  if (after !== undefined) {
    const newer = all.filter((one) => one.seq > after)
    return { messages: newer.slice(0, limit), more: newer.length > limit }
  }
  if (around === undefined) return { messages: all.slice(-limit), more: all.length > limit }
  const half = Math.floor(limit / 2)
  const [older, newer] = [all.filter((one) => one.seq <= around), all.filter((one) => one.seq > around)]
  const messages = [...older.slice(-half), ...newer.slice(0, limit - half)]
  return { messages, more: older.length > half || newer.length > limit - half }
}

function seqs(timeline: Timeline): [number | undefined, number | undefined, number] {
  const { messages } = timeline
  return [messages[0]?.seq, messages.at(-1)?.seq, messages.length]
}

test("opens at the end, and goes back page by page to the start", async () => {
  const history = new History(120)
  const timeline = new Timeline(history.load)
  await timeline.open("end")
  expect(seqs(timeline)).toEqual([71, 120, 50])
  expect([timeline.atStart, timeline.atEnd]).toEqual([false, true])
  await timeline.older()
  await timeline.older()
  expect(seqs(timeline)).toEqual([1, 120, 120])
  expect(timeline.atStart).toBe(true)
  await timeline.older()
  await timeline.newer()
  expect(history.asked.length).toBe(3)
})

test("what follows the end is appended, and what does not is brought by newer", async () => {
  const history = new History(10)
  const timeline = new Timeline(history.load)
  await timeline.open("end")
  timeline.take(history.say())
  expect(seqs(timeline)).toEqual([1, 11, 11])
  history.say()
  timeline.take(history.say())
  expect(seqs(timeline)).toEqual([1, 11, 11])
  expect(timeline.atEnd).toBe(false)
  await timeline.newer()
  expect(seqs(timeline)).toEqual([1, 13, 13])
  expect(timeline.atEnd).toBe(true)
})

test("an empty conversation takes its first message", async () => {
  const history = new History(0)
  const timeline = new Timeline(history.load)
  await timeline.open("end")
  expect([timeline.atStart, timeline.atEnd]).toEqual([true, true])
  timeline.take(history.say())
  expect(seqs(timeline)).toEqual([1, 1, 1])
})

test("an empty window reads by itself what it has only heard of", async () => {
  const history = new History(0)
  const timeline = new Timeline(history.load)
  await timeline.open("end")
  for (let said = 0; said < 3; said += 1) history.say()
  timeline.take(message(3))
  await vi.runAllTimersAsync()
  expect(seqs(timeline)).toEqual([1, 3, 3])
  expect(timeline.atEnd).toBe(true)
})

test("around a seq there is more on both sides, until it was asked for", async () => {
  const history = new History(200)
  const timeline = new Timeline(history.load)
  await timeline.open(100)
  expect(seqs(timeline)).toEqual([76, 125, 50])
  expect([timeline.atStart, timeline.atEnd]).toEqual([false, false])
  timeline.take(history.say())
  expect(seqs(timeline)).toEqual([76, 125, 50])
  for (let pages = 0; pages < 2; pages += 1) await timeline.newer()
  expect(seqs(timeline)).toEqual([76, 201, 126])
  expect(timeline.atEnd).toBe(true)
})

test("lets go at the far end when there is too much", async () => {
  const history = new History(300)
  const timeline = new Timeline(history.load, 100)
  await timeline.open("end")
  await timeline.older()
  await timeline.older()
  expect(seqs(timeline)).toEqual([151, 250, 100])
  expect(timeline.atEnd).toBe(false)
  timeline.take(history.say())
  await timeline.newer()
  expect(seqs(timeline)).toEqual([201, 300, 100])
  await timeline.newer()
  expect(seqs(timeline)).toEqual([202, 301, 100])
  expect([timeline.atStart, timeline.atEnd]).toEqual([false, true])
})

test("live messages grow the window to twice its cap and then wait to be asked for", async () => {
  const history = new History(50)
  const timeline = new Timeline(history.load, 50)
  await timeline.open("end")
  for (let said = 0; said < 60; said += 1) timeline.take(history.say())
  expect(seqs(timeline)).toEqual([1, 100, 100])
  expect([timeline.atStart, timeline.atEnd]).toEqual([true, false])
  await timeline.newer()
  expect(seqs(timeline)).toEqual([61, 110, 50])
  expect([timeline.atStart, timeline.atEnd]).toEqual([false, true])
})

test("only a greater rev changes what is shown", async () => {
  const history = new History(3)
  const timeline = new Timeline(history.load)
  await timeline.open("end")
  const newest = history.change(2)
  timeline.take(newest)
  timeline.take(message(2, newest.rev - 1))
  expect(timeline.messages[1]).toBe(newest)
})

test("a change that comes while an older page is on its way is in it", async () => {
  const history = new History(100)
  const answers: (() => void)[] = []
  const timeline = new Timeline(async (query) => {
    const page = pageOf([...history.messages], query)
    if (query.before !== undefined) await new Promise<void>((resolve) => answers.push(resolve))
    return page
  })
  await timeline.open("end")
  const loading = timeline.older()
  const changed = history.change(20)
  timeline.take(changed)
  answers[0]?.()
  await loading
  expect(timeline.messages[19]).toBe(changed)
})

test("the same load asked for twice is one, and another waits for it", async () => {
  const history = new History(200)
  const timeline = new Timeline(history.load)
  await timeline.open(100)
  expect(timeline.loading).toBe(null)
  const loads = [timeline.older(), timeline.older(), timeline.newer()]
  expect(timeline.loading).toBe("older")
  await Promise.all(loads)
  expect(history.asked.length).toBe(3)
  expect(seqs(timeline)).toEqual([26, 175, 150])
})

test("a load that fails is tried again, and then says so", async () => {
  const history = new History(100)
  const timeline = new Timeline(history.load)
  history.fails = [new Unreachable("no answer")]
  const opened = timeline.open("end")
  await vi.runAllTimersAsync()
  await opened
  expect(timeline.error).toBe(null)
  history.fails = Array.from({ length: 4 }, () => new Unreachable("no answer"))
  const older = timeline.older()
  await vi.runAllTimersAsync()
  await older
  expect(timeline.error).toBeInstanceOf(Unreachable)
  await timeline.older()
  expect(timeline.error).toBe(null)
  expect(timeline.atStart).toBe(true)
})

test("what no retry helps is not tried again", async () => {
  const history = new History(100)
  const timeline = new Timeline(history.load)
  history.fails = [new RequestFailed({ status: 404, code: "not_found", message: "", retry: false })]
  await timeline.open("end")
  expect(history.asked.length).toBe(1)
  expect(timeline.error).toBeInstanceOf(RequestFailed)
  await timeline.newer()
  expect(seqs(timeline)).toEqual([51, 100, 50])
})

test("a reset that fails shows no end that is none", async () => {
  const history = new History(10)
  const timeline = new Timeline(history.load)
  await timeline.open("end")
  history.fails = [new RequestFailed({ status: 403, code: "forbidden", message: "", retry: false })]
  await timeline.reset()
  timeline.take(history.say())
  expect(timeline.atEnd).toBe(false)
  await timeline.newer()
  expect(seqs(timeline)).toEqual([1, 11, 11])
})

test("a reset in the middle of an opening opens the same place", async () => {
  const history = new History(500)
  const timeline = new Timeline(history.load)
  void timeline.open(100)
  await timeline.reset()
  expect(seqs(timeline)).toEqual([76, 125, 50])
  await timeline.reset()
  expect(seqs(timeline)).toEqual([77, 126, 50])
})

test("an opening that a reset overtakes is done when its place is shown", async () => {
  const history = new History(500)
  const timeline = new Timeline(slower(history.load))
  const opened = timeline.open(100)
  void timeline.reset()
  void vi.runAllTimersAsync()
  await opened
  expect(seqs(timeline)).toEqual([76, 125, 50])
})

test("an opening that a reset overtakes tells why that failed", async () => {
  const history = new History(500)
  const forbidden = new RequestFailed({ status: 403, code: "forbidden", message: "", retry: false })
  history.fails = [new Unreachable("lost"), forbidden]
  const timeline = new Timeline(slower(history.load))
  const opened = timeline.open(100)
  void timeline.reset()
  void vi.runAllTimersAsync()
  await opened
  expect(timeline.error).toBe(forbidden)
})

/** Each answer takes longer than the one before. */
function slower(load: Load): Load {
  let asked = 0
  return async (query) => {
    asked += 1
    await sleep(asked)
    return load(query)
  }
}

test("another epoch begins anew", async () => {
  const history = new History(10)
  const timeline = new Timeline(history.load)
  await timeline.open("end")
  history.messages = [message(1, 1, { epoch: "e2" }), message(2, 2, { epoch: "e2" })]
  timeline.take(message(2, 2, { epoch: "e2" }))
  await vi.runAllTimersAsync()
  expect(timeline.messages).toEqual(history.messages)
})

test("tells whoever has subscribed, with a new view for each change", async () => {
  const history = new History(3)
  const timeline = new Timeline(history.load)
  const views = new Set([timeline.snapshot()])
  const stop = timeline.subscribe(() => void views.add(timeline.snapshot()))
  await timeline.open("end")
  expect(views.size).toBe(3 + 1)
  timeline.take(message(3))
  expect(views.size).toBe(4)
  stop()
  timeline.take(history.say())
  expect(views.size).toBe(4)
})

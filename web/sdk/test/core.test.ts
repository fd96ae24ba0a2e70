import { expect, test } from "vitest"
import { Backoff } from "../src/core/backoff.ts"
import { newId } from "../src/core/ids.ts"
import { type CommandFrame, Outbox } from "../src/core/outbox.ts"
import { readMessage, readSummary } from "../src/core/reading.ts"
import { ClientState } from "../src/core/state.ts"
import { BadFrame, OutboxFull } from "../src/errors.ts"
import type { Command, Sent } from "../src/events.ts"
import { summary, USER } from "./fakes.ts"
import { AT, message } from "./messages.ts"
import { seeded } from "./seeded.ts"

const RETRY = { code: "unavailable", message: "", retry: true, retry_after: null } as const

function command(id: string, kind: Command["kind"] = "message"): Command {
  return {
    id,
    kind,
    conversation: "c_1",
    given: kind === "message" ? { text: id } : { seq: 1, text: id },
    created_at: AT,
  }
}

function outboxOf(ids: string[]): Outbox {
  const outbox = new Outbox(seeded(1), 100)
  for (const id of ids) outbox.put(sending(id), frame(id), 0)
  return outbox
}

const sending = (id: string): Sent => ({ ...command(id), state: "sending" })
const frame = (id: string): CommandFrame => ({ type: "message", id, conversation: "c_1", text: id })
const ids = (frames: CommandFrame[]) => frames.map((one) => one.id)

function connected(...summaries: object[]): ClientState {
  const state = new ClientState(newId, seeded(1))
  state.connectFrame("t", "d")
  const told = { type: "connected", session: "s", user: { ...USER }, edge: "e", conversations: summaries, more: false }
  state.receive(told, 0)
  return state
}

test("a backoff doubles up to its cap, drawn between its least and the whole", () => {
  const backoff = new Backoff(1, 8)
  expect([0, 1, 2, 3, 9, 5000].map((tries) => backoff.wait(tries, () => 1))).toEqual([1, 2, 4, 8, 8, 8])
  expect(backoff.wait(1, () => 0)).toBe(1)
  expect(new Backoff(1, 8, 0).wait(1, () => 0)).toBe(0)
})

test("ids are unique, short, and sort by time", () => {
  const drawn = Array.from({ length: 1000 }, () => newId(1_700_000_000_000))
  expect(new Set(drawn).size).toBe(1000)
  expect(newId(1_700_000_000_000) < newId(1_700_000_000_001)).toBe(true)
  expect(newId()).toMatch(/^[0-9A-HJKMNP-TV-Z]{26}$/)
})

test("after a failure everything waits for the one retry, and goes again in order", () => {
  const outbox = outboxOf(["m1", "m2"])
  outbox.failed("m1", RETRY, 0)
  expect(outbox.put(sending("m3"), frame("m3"), 0)).toBe(false)
  outbox.failed("m2", RETRY, 0)
  expect(outbox.nextDue()).toBeLessThanOrEqual(1)
  expect(outbox.resendDue(0.1)).toEqual([])
  expect(ids(outbox.resendDue(1))).toEqual(["m1", "m2", "m3"])
  expect(outbox.put(sending("m4"), frame("m4"), 1)).toBe(true)
})

test("the server's word of how long to wait counts, and failures in a row wait longer", () => {
  const outbox = outboxOf(["m1"])
  outbox.failed("m1", { ...RETRY, retry_after: 7 }, 0)
  expect(outbox.nextDue()).toBe(7)
  outbox.resendDue(7)
  outbox.failed("m1", RETRY, 7)
  expect(outbox.nextDue()).toBeGreaterThanOrEqual(8)
  outbox.accepted("m1", AT)
  outbox.resendDue(100)
  outbox.failed("m1", RETRY, 100)
  expect(outbox.nextDue()).toBeLessThanOrEqual(101)
})

test("an outbox has a limit, and forgets what is settled or dropped", () => {
  const outbox = new Outbox(seeded(1), 2)
  for (const id of ["m1", "m2"]) outbox.put(sending(id), frame(id), 0)
  expect(() => outbox.put(sending("m3"), frame("m3"), 0)).toThrow(OutboxFull)
  expect(outbox.stored("m1", 1, 1)).toMatchObject({ state: "sent", seq: 1, rev: 1 })
  expect(outbox.stored("m1", 1, 1)).toBe(null)
  expect(outbox.drop("m2")).toBe(true)
  expect(outbox.unsettled()).toEqual([])
  expect(outbox.nextDue()).toBe(Number.POSITIVE_INFINITY)
})

test("restoring takes what there is room for, and nothing twice", () => {
  const state = new ClientState(newId, seeded(1))
  const many = Array.from({ length: 1200 }, (_, index) => command(`m${index}`))
  state.restore(many.slice(0, 3), 0)
  state.restore(many, 0)
  expect(state.unsettled.length).toBe(1000)
  expect(new Set(state.unsettled.map((sent) => sent.id)).size).toBe(1000)
})

test("a change of a message takes no part in how far the message has come", () => {
  const state = connected(summary())
  state.submit(command("m1"), 0)
  state.receive({ type: "stored", id: "m1", conversation: "c_1", seq: 1, rev: 1 }, 0)
  state.submit(command("x1", "edit"), 0)
  const { events } = state.receive({ type: "stored", id: "x1", conversation: "c_1", seq: 1, rev: 2 }, 0)
  expect(events).toMatchObject([{ event: "send", sent: { id: "x1", state: "sent" } }])
  const receipt = { type: "receipt", conversation: "c_1", user: "u_2", delivered: 1, read: 1, at: AT }
  const moved = state.receive(receipt, 0).events.filter((event) => event.event === "send")
  expect(moved).toMatchObject([{ sent: { id: "m1", state: "read" } }])
})

test("more conversations than one frame may name are asked for in several", () => {
  const summaries = Array.from({ length: 450 }, (_, index) => summary(`c_${index}`, 1))
  const state = connected(...summaries)
  state.disconnected()
  const connect = state.connectFrame("t", "d")
  expect("cursors" in connect && Object.keys(connect.cursors ?? {}).length).toBe(200)
  const told = { type: "connected", session: "s", user: { ...USER }, edge: "e", conversations: [], more: true }
  const asked = state.receive(told, 0).frames.flatMap((one) => (one.type === "sync" ? [Object.keys(one.cursors)] : []))
  expect(asked.map((names) => names.length)).toEqual([200, 50])
  const named = "cursors" in connect ? Object.keys(connect.cursors ?? {}) : []
  expect(new Set([...named, ...asked.flat()]).size).toBe(450)
})

test("what lacks something is no frame, and what has more is", () => {
  const state = connected(summary())
  expect(() => state.receive({ type: "stored", id: "m1" }, 0)).toThrow(BadFrame)
  expect(() =>
    state.receive({ type: "changes", conversation: "c_1", epoch: "e1", from: 0, to: 1, messages: {} }, 0),
  ).toThrow(BadFrame)
  expect(() => readMessage(null)).toThrow(BadFrame)
  expect(() => readMessage({ ...message(1), seq: "1" })).toThrow(BadFrame)
  expect(readMessage({ ...message(1), pinned: true })).toMatchObject({ seq: 1 })
  expect(readSummary(summary("c_1", 3, { members: [{ user: "u_1" }] })).members[0]).toMatchObject({ name: null })
})

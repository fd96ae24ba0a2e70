import { afterEach, beforeEach, expect, test, vi } from "vitest"
import type { OutboxStore } from "../src/browser/outbox.ts"
import { Closed, FrameTooLarge, OutboxFull, RequestFailed } from "../src/errors.ts"
import type { Command } from "../src/events.ts"
import { type Json, json, type Peer, Stage, summary } from "./fakes.ts"
import { message } from "./messages.ts"

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const soon = () => vi.advanceTimersByTimeAsync(0)
const later = (seconds: number) => vi.advanceTimersByTimeAsync(seconds * 1000)

class Drawer implements OutboxStore {
  readonly kept = new Map<string, Command>()
  full = false
  wiped = false

  load(): Command[] {
    return [...this.kept.values()]
  }

  put(command: Command): void {
    if (this.full) throw new OutboxFull("full")
    this.kept.set(command.id, command)
  }

  remove(id: string): void {
    this.kept.delete(id)
  }

  wipe(): void {
    this.wiped = true
    this.kept.clear()
  }
}

async function connected(stage: Stage, ...conversations: Json[]): Promise<Peer> {
  stage.client.start()
  await soon()
  stage.server.peer.open()
  stage.server.peer.welcome(...conversations)
  return stage.server.peer
}

/** The next socket, after whatever wait there is. */
async function again(stage: Stage): Promise<Peer> {
  const before = stage.server.peers.length
  for (let waits = 0; waits < 210 && stage.server.peers.length === before; waits += 1) await later(0.1)
  const peer = stage.server.peers[before]
  if (peer === undefined) throw new Error("nobody has come")
  return peer
}

test("connects, and tells what it is told", async () => {
  const stage = new Stage()
  const peer = await connected(stage, summary("c_1", 0))
  expect(peer.heard[0]).toEqual({ type: "connect", protocol: 1, token: "token-1", device: "d" })
  expect(stage.told.map((event) => event.event)).toEqual(["connecting", "connected", "conversation"])
  peer.say({ type: "message", ...message(1) })
  expect(stage.last).toEqual({
    event: "message",
    conversation: "c_1",
    rev: 1,
    message: { type: "message", ...message(1) },
  })
  await later(0.1)
  expect(peer.all("delivered")).toEqual([{ type: "delivered", conversation: "c_1", seq: 1 }])
})

test("comes back at another edge, and sends again what has no outcome, in order", async () => {
  const stage = new Stage()
  const first = await connected(stage, summary("c_1", 0))
  const sent = ["one", "two", "three"].map((text) => stage.client.submit("c_1", { text }))
  expect(first.all("message").map((frame) => frame.text)).toEqual(["one", "two", "three"])
  first.say({ type: "stored", id: sent[1]?.id, conversation: "c_1", seq: 1, rev: 1 })
  first.end(1012)
  await soon()
  expect(stage.last).toMatchObject({ event: "disconnected", code: 1012 })
  const second = await again(stage)
  expect(second.url).not.toBe(first.url)
  second.open()
  expect(second.heard[0]).toMatchObject({ cursors: { c_1: { epoch: "e1", rev: 0 } } })
  second.welcome(summary("c_1", 1))
  expect(second.all("message").map((frame) => [frame.text, frame.id])).toEqual([
    ["one", sent[0]?.id],
    ["three", sent[2]?.id],
  ])
})

test("a second client on the same outbox goes on where the first was left", async () => {
  const outbox = new Drawer()
  const first = new Stage({ outbox })
  const peer = await connected(first, summary())
  const sent = ["one", "two"].map((text) => first.client.submit("c_1", { text }))
  peer.say({ type: "stored", id: sent[0]?.id, conversation: "c_1", seq: 1, rev: 1 })
  first.client.submit("c_1", { text: "three" })
  first.client.close()
  const second = new Stage({ outbox })
  expect(second.client.unsettled.map((one) => [one.given.text, one.state])).toEqual([
    ["two", "sending"],
    ["three", "sending"],
  ])
  const next = await connected(second, summary("c_1", 1))
  expect(next.all("message").map((frame) => frame.text)).toEqual(["two", "three"])
  expect(next.all("message")[0]?.id).toBe(sent[1]?.id)
  next.say(
    ...second.client.unsettled.map(({ id }, at) => ({ type: "stored", id, conversation: "c_1", seq: at, rev: at })),
  )
  expect(outbox.kept.size).toBe(0)
})

test("a command is on disk before it is on the wire", async () => {
  const outbox = new Drawer()
  const stage = new Stage({ outbox })
  const peer = await connected(stage, summary())
  const kept: boolean[] = []
  peer.onHeard = (frame) => kept.push(outbox.kept.has(String(frame.id)))
  stage.client.submit("c_1", { text: "hello" })
  stage.client.react("c_1", 1, "👍", true)
  expect(kept).toEqual([true, true])
})

test("what the storage has no room for is not sent", async () => {
  const outbox = new Drawer()
  const stage = new Stage({ outbox })
  const peer = await connected(stage, summary())
  outbox.full = true
  expect(() => stage.client.submit("c_1", { text: "hello" })).toThrow(OutboxFull)
  expect(stage.client.unsettled).toEqual([])
  expect(peer.all("message")).toEqual([])
  expect(stage.events("send")).toEqual([])
  outbox.full = false
  stage.client.submit("c_1", { text: "hello" })
  expect(stage.events("send").length).toBe(1)
})

test("what is too large is not taken, and halves of characters are mended", async () => {
  const stage = new Stage()
  const peer = await connected(stage, summary())
  expect(() => stage.client.submit("c_1", { text: "x".repeat(70_000) })).toThrow(FrameTooLarge)
  stage.client.submit("c_1", { text: "half \ud83d of one" })
  expect(peer.all("message")[0]?.text).toBe("half \ufffd of one")
})

test.each([4400, 4409, 4413])("%i is for good", async (code) => {
  const stage = new Stage()
  const peer = await connected(stage, summary())
  peer.end(code, "no")
  await later(100)
  expect(stage.last).toEqual({ event: "disconnected", reason: "no", retry_in: null, code })
  expect(stage.server.peers.length).toBe(1)
  expect(() => stage.client.submit("c_1", { text: "hello" })).toThrow(Closed)
})

test.each([1000, 1006, 1012, 4408, 4429, 4430])("after %i it comes back", async (code) => {
  const stage = new Stage()
  const peer = await connected(stage, summary())
  peer.end(code)
  await again(stage)
})

test("4401 gets another token", async () => {
  const stage = new Stage()
  const peer = await connected(stage, summary())
  peer.end(4401)
  const next = await again(stage)
  next.open()
  expect(next.heard[0]).toMatchObject({ token: "token-2" })
})

test("without another token it stops", async () => {
  const stage = new Stage()
  const peer = await connected(stage, summary())
  stage.session.refusal = new RequestFailed({ status: 401, code: "unauthenticated", message: "", retry: false })
  peer.end(4401)
  await later(100)
  expect(stage.last).toEqual({ event: "disconnected", reason: "signed out", retry_in: null, code: 4401 })
})

test("what a proxy answers in the server's place does not end a session", async () => {
  const stage = new Stage()
  const peer = await connected(stage, summary())
  stage.session.refusal = new RequestFailed({ status: 404, code: "invalid_frame", message: "", retry: false })
  peer.end(4401)
  await again(stage)
})

test("a token that cannot be had now is asked for again", async () => {
  const stage = new Stage()
  const peer = await connected(stage, summary())
  stage.session.refusal = new RequestFailed({ status: 503, code: "unavailable", message: "", retry: true })
  peer.end(4401)
  await soon()
  expect(stage.last).toMatchObject({ event: "disconnected", code: 4401 })
  const next = await again(stage)
  stage.session.refusal = null
  next.open()
  next.end(4401)
  const third = await again(stage)
  third.open()
  expect(third.heard[0]).toMatchObject({ token: "token-2" })
})

test("tryNow does not wait", async () => {
  const stage = new Stage()
  for (let failures = 0; failures < 8; failures += 1) {
    if (failures === 0) stage.client.start()
    else stage.client.tryNow()
    await soon()
    expect(stage.server.peers.length).toBe(failures + 1)
    stage.server.peer.end(1006)
    await soon()
  }
  stage.client.tryNow()
  stage.client.tryNow()
  await soon()
  expect(stage.server.peers.length).toBe(9)
})

test("waits longer each time, at most 20 seconds", async () => {
  const stage = new Stage({ random: () => 1 })
  stage.client.start()
  const waits: unknown[] = []
  await soon()
  for (let failures = 0; failures < 8; failures += 1) {
    stage.server.peer.end(1006)
    await soon()
    const wait = stage.last?.event === "disconnected" ? stage.last.retry_in : null
    waits.push(wait)
    await later(wait ?? 0)
  }
  expect(waits).toEqual([1, 2, 4, 8, 16, 20, 20, 20])
})

test("a new token goes over the socket, and a sign-in that is over stops the client", async () => {
  const stage = new Stage()
  const peer = await connected(stage, summary())
  stage.session.turn()
  await soon()
  expect(peer.all("refresh")).toEqual([{ type: "refresh", token: "token-2" }])
  stage.session.fail(new RequestFailed({ status: 401, code: "unauthenticated", message: "", retry: false }))
  await soon()
  expect(stage.last).toEqual({ event: "disconnected", reason: "signed out", retry_in: null, code: 4401 })
  expect(peer.closed).toBe(true)
})

test("a server that falls silent is asked, and left when it does not answer", async () => {
  const stage = new Stage()
  const peer = await connected(stage, summary())
  await later(30)
  expect(peer.all("sync").length).toBe(1)
  peer.say({ type: "synced", id: peer.all("sync")[0]?.id })
  await later(30)
  expect(peer.all("sync").length).toBe(2)
  expect(stage.events("disconnected")).toEqual([])
  await later(15)
  expect(stage.events("disconnected")[0]).toMatchObject({ reason: "the server is silent" })
  expect(peer.closed).toBe(true)
})

test("a command that finds no answer makes it ask sooner", async () => {
  const stage = new Stage()
  const peer = await connected(stage, summary())
  await later(1)
  stage.client.submit("c_1", { text: "hello" })
  await later(10)
  expect(peer.all("sync").length).toBe(1)
  await later(15)
  expect(stage.events("disconnected")[0]).toMatchObject({ reason: "the server is silent" })
  const next = await again(stage)
  next.open()
  next.welcome(summary())
  expect(next.all("message").length).toBe(1)
})

test("a socket that does not open, and one on which nothing is said, are left", async () => {
  const stage = new Stage()
  stage.client.start()
  await later(10)
  expect(stage.events("disconnected").length).toBe(1)
  const second = await again(stage)
  second.open()
  await later(10)
  expect(stage.events("disconnected").length).toBe(2)
})

test("a frame that is none of the protocol's ends the socket, not the client", async () => {
  const stage = new Stage()
  const peer = await connected(stage, summary())
  peer.say({ type: "message", conversation: "c_1" })
  await soon()
  expect(stage.last).toMatchObject({ event: "disconnected", reason: "a malformed message frame" })
  await again(stage)
})

test("a frame that nothing can be made of ends the socket, and is its author's to hear of", async () => {
  const stage = new Stage()
  const peer = await connected(stage, summary())
  const odd = { type: "conversation", ...summary("c_2", 1, { members: { "0": "nobody" } }) }
  expect(() => peer.say(odd)).toThrow(TypeError)
  await again(stage)
})

test("signed out is for good", async () => {
  const stage = new Stage()
  const peer = await connected(stage, summary())
  peer.say({ type: "signed_out" })
  peer.end(4401)
  await later(100)
  expect(stage.told.slice(-2).map((event) => event.event)).toEqual(["signed_out", "disconnected"])
  expect(stage.last).toMatchObject({ retry_in: null, code: 4401 })
  expect(stage.server.peers.length).toBe(1)
})

test("the end of a chat leaves nothing", async () => {
  const outbox = new Drawer()
  const stage = new Stage({ outbox }, "c_1")
  const peer = await connected(stage, summary())
  stage.client.submit("c_1", { text: "hello" })
  peer.say({ type: "ended", conversation: "c_1", by: "Ann" })
  await soon()
  expect(stage.told.slice(-2)).toMatchObject([
    { event: "ended", by: "Ann" },
    { event: "disconnected", retry_in: null },
  ])
  expect([outbox.kept.size, outbox.wiped, stage.client.unsettled.length]).toEqual([0, true, 0])
})

test("a chat that ended meanwhile is told as ended", async () => {
  const outbox = new Drawer()
  const stage = new Stage({ outbox }, "c_1")
  const peer = await connected(stage, summary())
  stage.session.refusal = new RequestFailed({ status: 404, code: "not_found", message: "", retry: false })
  peer.end(4401)
  await soon()
  expect(stage.told.slice(-2)).toMatchObject([
    { event: "ended", by: "" },
    { event: "disconnected", retry_in: null },
  ])
  expect(outbox.wiped).toBe(true)
})

test("what was rejected is kept until it is retried or discarded, over a reload too", async () => {
  const outbox = new Drawer()
  const first = new Stage({ outbox })
  const peer = await connected(first, summary())
  const [one, two] = ["one", "two"].map((text) => first.client.submit("c_1", { text }))
  const reaction = first.client.react("c_1", 1, "👍", true)
  const error = { code: "content_forbidden", message: "no", retry: false }
  peer.say(...[one, two, reaction].map((sent) => ({ type: "rejected", id: sent?.id, error })))
  expect(first.client.rejected.map((sent) => sent.id)).toEqual([one?.id, two?.id])
  first.client.close()

  const second = new Stage({ outbox })
  expect(second.client.unsettled).toEqual([])
  expect(second.client.rejected).toMatchObject([{ id: one?.id, state: "rejected", error }, { id: two?.id }])
  const next = await connected(second, summary())
  expect(next.all("message")).toEqual([])
  second.client.discard(two?.id ?? "")
  const retried = second.client.retry(one?.id ?? "")
  expect(retried.id).not.toBe(one?.id)
  expect(next.all("message")).toMatchObject([{ id: retried.id, text: "one" }])
  expect(second.client.rejected).toEqual([])
  expect([...outbox.kept.keys()]).toEqual([retried.id])
})

test("a command that waits can be discarded", async () => {
  const outbox = new Drawer()
  const stage = new Stage({ outbox })
  const sent = stage.client.submit("c_1", { text: "one" })
  stage.client.discard(sent.id)
  const peer = await connected(stage, summary())
  expect(peer.all("message")).toEqual([])
  expect(outbox.kept.size).toBe(0)
})

test("reads the conversations that connected had no room for", async () => {
  const stage = new Stage()
  const pages: Json = {
    "": { conversations: [summary("c_2", 5)], next: "p" },
    p: { conversations: [summary("c_3", 7)] },
  }
  stage.server.routes["GET /api/conversations"] = ({ url }) =>
    json(pages[new URL(url).searchParams.get("cursor") ?? ""])
  stage.client.start()
  await soon()
  stage.server.peer.open()
  stage.server.peer.say({
    type: "connected",
    session: "s",
    edge: "e",
    user: stage.session.user,
    conversations: [],
    more: true,
  })
  await soon()
  expect(stage.events("conversation").map((event) => "conversation" in event && event.conversation)).toEqual([
    "c_2",
    "c_3",
  ])
  stage.server.peer.say({ type: "message", ...message(8, 8, { conversation: "c_3" }) })
  expect(stage.events("message").length).toBe(1)
})

test("a listener that fails does not keep others from hearing", async () => {
  const stage = new Stage()
  const peer = await connected(stage, summary())
  const heard: string[] = []
  stage.client.on(() => {
    throw new Error("mine")
  })
  stage.client.on((event) => heard.push(event.event))
  const failures: (() => void)[] = []
  vi.stubGlobal("queueMicrotask", (failure: () => void) => failures.push(failure))
  peer.say({ type: "message", ...message(1) })
  vi.unstubAllGlobals()
  expect(heard).toEqual(["message"])
  expect(failures.length).toBe(1)
  expect(failures[0]).toThrow("mine")
})

test("what a listener does comes after what it was told of", async () => {
  const stage = new Stage()
  const order: string[] = []
  stage.client.on((event) => {
    if (event.event === "connected") stage.client.submit("c_1", { text: "hello" })
  })
  stage.client.on((event) => order.push(event.event))
  const peer = await connected(stage, summary())
  expect(order).toEqual(["connecting", "connected", "conversation", "send"])
  expect(peer.all("message").length).toBe(1)
})

test("close is the end", async () => {
  const stage = new Stage()
  const peer = await connected(stage, summary())
  stage.client.close()
  stage.client.close()
  await later(100)
  expect(peer.closed).toBe(true)
  expect(stage.events("disconnected")).toEqual([
    { event: "disconnected", reason: "closed", retry_in: null, code: null },
  ])
  expect(vi.getTimerCount()).toBe(0)
})

// @vitest-environment jsdom
import { afterEach, beforeEach, expect, test, vi } from "vitest"
import { deviceLock } from "../src/browser/device.ts"
import { hold } from "../src/browser/locks.ts"
import { BrowserOutbox } from "../src/browser/outbox.ts"
import { OutboxFull } from "../src/errors.ts"
import type { Command } from "../src/events.ts"
import { Origin, type Tab } from "./fake-locks.ts"
import { Stage, summary } from "./fakes.ts"
import { AT } from "./messages.ts"

let origin: Origin
let stops: (() => void)[] = []

beforeEach(() => {
  vi.useFakeTimers()
  localStorage.clear()
  sessionStorage.clear()
  origin = new Origin()
})

afterEach(() => {
  for (const stop of stops) stop()
  stops = []
  vi.useRealTimers()
  vi.restoreAllMocks()
  use(undefined)
})

/** From now on the code runs in this tab. */
function use(locks: LockManager | undefined): void {
  Object.defineProperty(navigator, "locks", { value: locks, configurable: true })
}

function command(id: string, conversation = "c_1"): Command {
  return { id, kind: "message", conversation, given: { text: `text of ${id}` }, created_at: AT }
}

async function open(tab: Tab, device: string, user = "u_1"): Promise<BrowserOutbox> {
  use(tab.locks)
  await hold(tab.locks, deviceLock(device), 1)
  return BrowserOutbox.open({ user, device })
}

const ids = (commands: Command[]) => commands.map((one) => one.id)

test("keeps commands in the order in which they were put, over a reload", async () => {
  const tab = origin.tab()
  const outbox = await open(tab, "a")
  for (const id of ["m9", "m1", "m5", "m2"]) outbox.put(command(id))
  outbox.remove("m5")
  outbox.put({ ...command("m1"), error: { code: "forbidden", message: "", retry: false, retry_after: null } })
  tab.goes()
  const again = await open(origin.tab(), "a")
  expect(ids(again.load())).toEqual(["m9", "m1", "m2"])
  again.put(command("m0"))
  again.remove("m9")
  expect(ids(again.load())).toEqual(["m1", "m2", "m0"])
  expect(again.load()[0]?.error?.code).toBe("forbidden")
})

test("takes over what tabs that are gone have left, and nothing of those that live or of other users", async () => {
  const [gone, living] = [origin.tab(), origin.tab()]
  const left = await open(gone, "a")
  left.put(command("a1"))
  left.put(command("a2"))
  const other = await open(living, "b")
  other.put(command("b1"))
  const stranger = await open(gone, "c", "u_9")
  stranger.put(command("c1"))
  gone.goes()
  const mine = await open(origin.tab(), "d")
  expect(ids(mine.load())).toEqual(["a1", "a2"])
  expect(ids(other.load())).toEqual(["b1"])
  mine.remove("a1")
  mine.remove("a2")
  expect(Object.keys(localStorage).length).toBe(2)
})

test("takes over what a tab leaves later, once it had time to reload", async () => {
  const [one, two] = [origin.tab(), origin.tab()]
  const theirs = await open(one, "a")
  theirs.put(command("a1"))
  const mine = await open(two, "b")
  mine.put(command("b1"))
  const taken: string[] = []
  stops.push(mine.adopt((commands) => taken.push(...ids(commands))))
  await vi.advanceTimersByTimeAsync(60_000)
  expect(taken).toEqual([])
  one.goes()
  await vi.advanceTimersByTimeAsync(9_000)
  expect(taken).toEqual([])
  await vi.advanceTimersByTimeAsync(2_000)
  expect(taken).toEqual(["a1"])
  expect(ids(mine.load())).toEqual(["b1", "a1"])
})

test("leaves a tab that has reloaded what it left", async () => {
  const [one, two] = [origin.tab(), origin.tab()]
  const theirs = await open(one, "a")
  theirs.put(command("a1"))
  const mine = await open(two, "b")
  const taken: string[] = []
  stops.push(mine.adopt((commands) => taken.push(...ids(commands))))
  one.goes()
  await vi.advanceTimersByTimeAsync(1_000)
  const three = origin.tab()
  const reloaded = await open(three, "a")
  use(two.locks)
  await vi.advanceTimersByTimeAsync(60_000)
  expect(taken).toEqual([])
  expect(ids(reloaded.load())).toEqual(["a1"])
  three.goes()
  await vi.advanceTimersByTimeAsync(11_000)
  expect(taken).toEqual(["a1"])
})

test("watches tabs that begin to keep something later", async () => {
  const [one, two] = [origin.tab(), origin.tab()]
  const theirs = await open(one, "a")
  const mine = await open(two, "b")
  const taken: string[] = []
  stops.push(mine.adopt((commands) => taken.push(...ids(commands))))
  theirs.put(command("a1"))
  const key = Object.keys(localStorage)[0] ?? ""
  window.dispatchEvent(new StorageEvent("storage", { key }))
  one.goes()
  await vi.advanceTimersByTimeAsync(11_000)
  expect(taken).toEqual(["a1"])
})

test("a full storage is said, and what is there stays", async () => {
  const outbox = await open(origin.tab(), "a")
  outbox.put(command("m1"))
  vi.spyOn(Storage.prototype, "setItem").mockImplementation(() => {
    throw new DOMException("full", "QuotaExceededError")
  })
  expect(() => outbox.put(command("m2"))).toThrow(OutboxFull)
  expect(ids(outbox.load())).toEqual(["m1"])
})

test("what is none of its own making does no harm", async () => {
  const outbox = await open(origin.tab(), "a")
  outbox.put(command("m1"))
  localStorage.setItem("parley.outbox.u_1.a.000000000002", "{nonsense")
  localStorage.setItem("parley.outbox.u_1.a.000000000003", '{"id": 3}')
  expect(ids(outbox.load())).toEqual(["m1"])
})

test("without locks everything that is there is taken over", async () => {
  use(undefined)
  const former = await BrowserOutbox.open({ user: "u_1", device: "a" })
  former.put(command("a1"))
  const outbox = await BrowserOutbox.open({ user: "u_1", device: "b" })
  expect(ids(outbox.load())).toEqual(["a1"])
  former.remove("a1")
  expect(ids(outbox.load())).toEqual(["a1"])
})

test("a seat's commands stay in its tab, and go", async () => {
  use(origin.tab().locks)
  const outbox = await BrowserOutbox.open({ user: "u_1", device: "a", seat: true })
  outbox.put(command("m1"))
  expect([localStorage.length, sessionStorage.length]).toEqual([0, 1])
  outbox.wipe()
  expect([sessionStorage.length, outbox.load().length]).toEqual([0, 0])
  outbox.put(command("m2"))
  BrowserOutbox.forgetSeats()
  expect(sessionStorage.length).toBe(0)
})

test("a tab keeps its name over a reload, and a duplicate draws another", async () => {
  const first = origin.tab()
  const name = await device(first)
  expect(sessionStorage.getItem("parley.device")).toBe(name)
  first.goes()
  const reloaded = origin.tab()
  expect(await device(reloaded)).toBe(name)
  const duplicate = await device(origin.tab())
  expect(duplicate).not.toBe(name)
  use(undefined)
  expect(await device(undefined)).not.toBe(await device(undefined))
})

async function device(tab: Tab | undefined): Promise<string> {
  use(tab?.locks)
  vi.resetModules()
  const { deviceId } = await import("../src/browser/device.ts")
  const drawn = deviceId()
  await vi.advanceTimersByTimeAsync(1000)
  expect(deviceId()).toBe(drawn)
  return drawn
}

test("two clients on one outbox, one after the other", async () => {
  const tab = origin.tab()
  const outbox = await open(tab, "a")
  const first = new Stage({ outbox, device: "a" })
  for (const text of ["one", "two", "three"]) first.client.submit("c_1", { text })
  first.client.close()
  tab.goes()
  const second = new Stage({ outbox: await open(origin.tab(), "a"), device: "a" })
  second.client.start()
  await vi.advanceTimersByTimeAsync(0)
  second.server.peer.open()
  second.server.peer.welcome(summary())
  const sent = second.server.peer.all("message")
  expect(sent.map((frame) => frame.text)).toEqual(["one", "two", "three"])
  sent.forEach(({ id }, at) => {
    second.server.peer.say({ type: "stored", id, conversation: "c_1", seq: at + 1, rev: at + 1 })
  })
  expect(localStorage.length).toBe(0)
  second.client.close()
})

test("goes on with what another tab has left, while it is connected", async () => {
  const [one, two] = [origin.tab(), origin.tab()]
  const theirs = await open(one, "a")
  theirs.put(command("a1"))
  const stage = new Stage({ outbox: await open(two, "b"), device: "b" })
  stage.client.start()
  await vi.advanceTimersByTimeAsync(0)
  stage.server.peer.open()
  stage.server.peer.welcome(summary())
  one.goes()
  await vi.advanceTimersByTimeAsync(11_000)
  expect(stage.server.peer.all("message")).toMatchObject([{ id: "a1" }])
  expect(stage.client.unsettled).toMatchObject([{ id: "a1", state: "sending" }])
  stage.client.close()
})

test("follows the network as the window knows it", async () => {
  const stage = new Stage()
  stage.client.start()
  await vi.advanceTimersByTimeAsync(0)
  stage.server.peer.open()
  stage.server.peer.welcome(summary())
  window.dispatchEvent(new Event("offline"))
  await vi.advanceTimersByTimeAsync(0)
  expect(stage.last).toMatchObject({ event: "disconnected", reason: "offline" })
  window.dispatchEvent(new Event("online"))
  await vi.advanceTimersByTimeAsync(0)
  expect(stage.server.peers.length).toBe(2)
  stage.server.peer.open()
  stage.server.peer.welcome(summary())
  document.dispatchEvent(new Event("visibilitychange"))
  expect(stage.server.peer.all("sync").length).toBe(1)
  stage.client.close()
  window.dispatchEvent(new Event("online"))
  await vi.advanceTimersByTimeAsync(60_000)
  expect(stage.server.peers.length).toBe(2)
})

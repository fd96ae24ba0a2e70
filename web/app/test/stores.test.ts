import type { Event } from "@parley/sdk"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import * as connection from "../src/state/connection.ts"
import * as conversations from "../src/state/conversations.ts"
import * as presence from "../src/state/presence.ts"
import { AT, ME, message, summary, user } from "./made.ts"

const stores = [connection, conversations, presence]

function tell(...events: Event[]): void {
  for (const event of events) for (const store of stores) store.apply(event)
}

const connected: Event = {
  event: "connected",
  user: user(ME),
  edge: "edge-1",
  session: "s_1",
  online: ["u_ann"],
  more: false,
}

beforeEach(() => conversations.begin(ME))

afterEach(() => {
  for (const store of stores) store.clear()
})

describe("the connection", () => {
  const of = () => connection.useConnection.getState()

  it("is offline until a socket is up, with the time of the next try", () => {
    tell({ event: "connecting", url: "ws://x" })
    expect(of().state).toBe("connecting")
    const before = Date.now()
    tell({ event: "disconnected", reason: "gone", retry_in: 5, code: 1006 })
    expect(of()).toMatchObject({ state: "offline", stopped: null })
    expect(of().retryAt).toBeGreaterThanOrEqual(before + 5000)
    tell({ event: "connecting", url: "ws://x" })
    expect(of()).toMatchObject({ state: "offline", retryAt: null })
    tell(connected)
    expect(of().state).toBe("online")
  })

  it("has stopped for good when there is no next try", () => {
    tell({ event: "disconnected", reason: "replaced", retry_in: null, code: connection.REPLACED })
    expect(of()).toMatchObject({ state: "offline", retryAt: null, stopped: connection.REPLACED })
  })
})

describe("presence", () => {
  it("is what was told at the beginning, changed by what follows", () => {
    tell(connected, { event: "status", user: "u_ben", online: true, last_online: AT })
    expect(Array.from(presence.usePresence.getState().online)).toEqual(["u_ann", "u_ben"])
    tell({ event: "status", user: "u_ann", online: false, last_online: null })
    expect(presence.usePresence.getState().online.has("u_ann")).toBe(false)
    expect(presence.usePresence.getState().lastOnline.get("u_ben")).toBe(AT)
  })

  it("is what was asked for, of those the socket does not tell of", () => {
    tell(connected)
    presence.noteOthers(["u_eve", "u_ben"])
    tell({ event: "status", user: "u_ben", online: false, last_online: AT })
    expect(Array.from(presence.usePresence.getState().others)).toEqual(["u_eve"])
  })

  it("is told anew by each connection", () => {
    tell(connected, { ...connected, online: ["u_eve"] })
    expect(Array.from(presence.usePresence.getState().online)).toEqual(["u_eve"])
  })
})

describe("conversations", () => {
  const of = () => conversations.useConversationStore.getState()

  it("stand with the one first in which something was said last", () => {
    tell(connected)
    for (const id of ["c_1", "c_2"]) tell({ event: "conversation", conversation: id, summary: summary(id) })
    tell({ event: "message", conversation: "c_2", rev: 1, message: message(1, { conversation: "c_2" }) })
    expect(conversations.newestFirst(of().entries).map((each) => each.id)).toEqual(["c_2", "c_1"])
    tell({ event: "message", conversation: "c_1", rev: 2, message: message(2) })
    expect(conversations.newestFirst(of().entries).map((each) => each.id)).toEqual(["c_1", "c_2"])
  })

  it("go, and it is known why", () => {
    tell(connected, { event: "conversation", conversation: "c_1", summary: summary() })
    tell({ event: "gone", conversation: "c_1", reason: "removed" })
    expect(of().entries.size).toBe(0)
    expect(of().gone.get("c_1")).toBe("removed")
    tell({ event: "conversation", conversation: "c_1", summary: summary() })
    expect(of().gone.size).toBe(0)
  })

  it("are read here without the server saying so", () => {
    tell(connected, {
      event: "conversation",
      conversation: "c_1",
      summary: summary("c_1", { seq: 3, rev: 3, unread: 3 }),
    })
    conversations.noteRead("c_1", 3)
    expect(conversations.conversation("c_1")?.unread).toBe(0)
  })

  it("ignore what concerns one that is not known", () => {
    tell(connected, { event: "message", conversation: "c_9", rev: 1, message: message(1, { conversation: "c_9" }) })
    expect(of().entries.size).toBe(0)
  })
})

// @vitest-environment jsdom
import type { Event } from "@parley/sdk"
import { beforeEach, describe, expect, it } from "vitest"
import * as conversations from "../src/state/conversations.ts"
import * as popups from "../src/state/popups.ts"
import { changeSettings } from "../src/state/settings.ts"
import { AT, ME, message, summary, user } from "./made.ts"

const connected = (more = false): Event => ({
  event: "connected",
  user: user(ME),
  edge: "edge-1",
  session: "s_1",
  online: [],
  more,
})

const announce = (id: string, given: Parameters<typeof summary>[1] = {}): Event => ({
  event: "conversation",
  conversation: id,
  summary: summary(id, given),
})

const say = (conversation: string, seq: number, given: Parameters<typeof message>[1] = {}): Event => ({
  event: "message",
  conversation,
  rev: seq,
  message: message(seq, { conversation, ...given }),
})

function tell(...events: Event[]): void {
  for (const event of events) for (const store of [popups, conversations]) store.apply(event)
}

const boxes = () => popups.usePopups.getState().arrived.map((each) => `${each.conversation}.${each.seq}`)

beforeEach(() => {
  popups.clear()
  conversations.begin(ME)
  changeSettings({ popups: true })
})

describe("a box pops up", () => {
  it("when somebody else says something in a conversation that is not open", () => {
    popups.show("c_2")
    tell(connected(), announce("c_1"), announce("c_2"), say("c_1", 1), say("c_2", 1))
    expect(boxes()).toEqual(["c_1.1"])
  })

  it("once for a conversation, where it is already", () => {
    tell(connected(), announce("c_1"), announce("c_2"), say("c_1", 1), say("c_2", 1), say("c_1", 2))
    expect(boxes()).toEqual(["c_2.1", "c_1.2"])
  })

  it("for two conversations at most, the oldest making room", () => {
    tell(connected(), ...["c_1", "c_2", "c_3"].flatMap((id) => [announce(id), say(id, 1)]))
    expect(boxes()).toEqual(["c_3.1", "c_2.1"])
  })

  it("and goes when the conversation is opened, closed or gone", () => {
    tell(connected(), announce("c_1"), announce("c_2"), say("c_1", 1), say("c_2", 1))
    popups.show("c_1")
    expect(boxes()).toEqual(["c_2.1"])
    tell({ event: "gone", conversation: "c_2", reason: "left" })
    expect(boxes()).toEqual([])
  })
})

describe("no box pops up", () => {
  it("for one's own messages, system messages and later states of a message", () => {
    tell(connected(), announce("c_1", { seq: 1, rev: 1 }))
    tell(say("c_1", 2, { sender: ME }), say("c_1", 3, { kind: "system" }), say("c_1", 1, { rev: 4, edited_at: AT }))
    expect(boxes()).toEqual([])
  })

  it("for what was fetched after a reconnect", () => {
    tell(connected(), announce("c_1", { seq: 1, rev: 1 }))
    tell(connected(), announce("c_1", { seq: 3, rev: 3 }), say("c_1", 2), say("c_1", 3))
    expect(boxes()).toEqual([])
    tell(say("c_1", 4))
    expect(boxes()).toEqual(["c_1.4"])
  })

  it("where a reconnect has not said yet how far a conversation has come", () => {
    tell(connected(), announce("c_1", { seq: 1, rev: 1 }))
    tell(connected(true), say("c_1", 2))
    expect(boxes()).toEqual([])
  })

  it("in muted conversations, or when one wants none", () => {
    tell(connected(), announce("c_1", { muted: true }), announce("c_2"), say("c_1", 1))
    changeSettings({ popups: false })
    tell(say("c_2", 1))
    expect(boxes()).toEqual([])
  })
})

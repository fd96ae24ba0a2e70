import { beforeEach, describe, expect, it } from "vitest"
import { adopt, apply, clear, drop, useSends } from "../../src/state/sends.ts"
import { CONVERSATION, ME, message, sent } from "./build.ts"

const shown = () => (useSends.getState().byConversation[CONVERSATION] ?? []).map(({ id, state }) => [id, state])
const told = (...all: ReturnType<typeof sent>[]) => {
  for (const one of all) apply({ event: "send", sent: one })
}
const arrived = (given: Parameters<typeof message>[1]) => {
  const one = message(5, { sender: ME, ...given })
  apply({ event: "message", conversation: CONVERSATION, rev: one.rev, message: one })
}

beforeEach(clear)

describe("what is on its way", () => {
  it("is updated in place and goes when its message arrives", () => {
    told(sent("a"), sent("b"), sent("a", { state: "accepted" }))
    expect(shown()).toEqual([
      ["a", "accepted"],
      ["b", "sending"],
    ])
    arrived({ client_id: "a" })
    expect(shown()).toEqual([["b", "sending"]])
  })

  it("stays from `stored` until the message is there, whichever comes first", () => {
    told(sent("a"), sent("a", { state: "sent", seq: 5 }))
    expect(shown()).toEqual([["a", "sent"]])
    arrived({ client_id: "a" })
    told(sent("a", { state: "delivered", seq: 5 }))
    expect(shown()).toEqual([])
  })

  it("goes, as a change, with the state of the message that it caused", () => {
    told(sent("e", { kind: "edit", given: { seq: 5, text: "x" } }))
    arrived({ client_id: "long ago", cause: "e" })
    expect(shown()).toEqual([])
  })

  it("stays when refused, until the user has decided", () => {
    told(sent("a"), sent("a", { state: "rejected" }))
    expect(shown()).toEqual([["a", "rejected"]])
    drop(CONVERSATION, "a")
    expect(shown()).toEqual([])
  })

  it("is taken over from before a reload", () => {
    adopt([sent("a"), sent("b", { state: "accepted" })])
    expect(shown()).toEqual([
      ["a", "sending"],
      ["b", "accepted"],
    ])
  })

  it("leaves nothing of a conversation that is over", () => {
    told(sent("a"))
    apply({ event: "ended", conversation: CONVERSATION, by: "Anna" })
    expect(useSends.getState().byConversation).toEqual({})
  })

  it("is bounded, of what is stored but nobody has seen arrive", () => {
    for (let index = 0; index < 150; index++) {
      told(sent(`a${index}`), sent(`a${index}`, { state: "sent", seq: index }))
    }
    expect(shown().length).toBe(100)
    expect(shown().at(-1)).toEqual(["a149", "sent"])
  })
})

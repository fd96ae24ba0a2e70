// @vitest-environment jsdom
import { beforeEach, describe, expect, it } from "vitest"
import { rememberSeat, wipeExpired, wipeLink, wipeSeat } from "../src/pages/ephemeral/remembered.ts"

const TOKEN = "Qm3-9xTokenOfAnn_7"
const ANN = { conversation: "c_1", user: "u_ann" }
const UNTIL = "2026-11-28T12:00:00.000Z"

const keys = () => [...Object.keys(localStorage), ...Object.keys(sessionStorage)].sort()

beforeEach(() => {
  localStorage.clear()
  sessionStorage.clear()
  rememberSeat(TOKEN, { ...ANN, until: UNTIL })
  localStorage.setItem("parley.draft.u_ann.c_1", "a draft")
  sessionStorage.setItem("parley.outbox.u_ann.web-1.000000000001", "a command")
  localStorage.setItem("parley.draft.u_other.c_2", "another's")
})

describe("what is kept of a chat on this device", () => {
  it("goes when the chat has ended", () => {
    wipeSeat(ANN)
    expect(keys()).toEqual(["parley.draft.u_other.c_2"])
  })

  it("goes when its link leads nowhere any more", () => {
    wipeLink("another link")
    expect(keys()).toHaveLength(4)
    wipeLink(TOKEN)
    expect(keys()).toEqual(["parley.draft.u_other.c_2"])
  })

  it("goes when its time is over", () => {
    wipeExpired(Date.parse(UNTIL))
    expect(keys()).toHaveLength(4)
    wipeExpired(Date.parse(UNTIL) + 1)
    expect(keys()).toEqual(["parley.draft.u_other.c_2"])
  })

  it("never has the link", () => {
    expect(JSON.stringify({ ...localStorage })).not.toContain(TOKEN)
  })

  it("does no harm when it cannot be read", () => {
    localStorage.setItem("parley.seat.c_9", "{")
    localStorage.setItem("parley.seat.c_8", '{"conversation":"","user":"","link":"","until":""}')
    wipeExpired(Date.parse(UNTIL) + 1)
    expect(localStorage.getItem("parley.draft.u_other.c_2")).toBe("another's")
  })
})

import type { Event } from "@parley/sdk"
import { describe, expect, it } from "vitest"
import { NOTHING, type Notices, noticed } from "../src/state/notices.ts"

const CHAT = "c_1"
const notice = (code: string, at: string | null = null): Event => ({ event: "notice", conversation: CHAT, code, at })
const after = (...events: Event[]): Notices => events.reduce(noticed, NOTHING)
const said = { event: "message", conversation: CHAT, rev: 2, message: {} } as Event
const at = "2026-11-21T21:00:00.000Z"

describe("the notices of a chat", () => {
  it("tell whether the other one came or went last", () => {
    expect(after(notice("peer_joined")).peer).toBe("joined")
    expect(after(notice("peer_joined"), notice("peer_left")).peer).toBe("left")
  })

  it("count wrong codes", () => {
    expect(after(notice("wrong_code_tried"), notice("wrong_code_tried")).wrongCodes).toBe(2)
  })

  it("warn of the end by silence until something is said", () => {
    expect(after(notice("inactivity_soon", at)).silentUntil).toBe(at)
    expect(after(notice("inactivity_soon", at), said).silentUntil).toBeNull()
    expect(after(notice("inactivity_soon", at), notice("peer_left")).silentUntil).toBe(at)
  })

  it("tell who ended it, and warn no more", () => {
    const ended = after(notice("inactivity_soon", at), { event: "ended", conversation: CHAT, by: "Ben" })
    expect(ended).toMatchObject({ endedBy: "Ben", silentUntil: null })
  })

  it("stay the same for what they do not know or say again", () => {
    expect(after(notice("another"), said)).toBe(NOTHING)
  })
})

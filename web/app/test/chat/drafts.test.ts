// @vitest-environment jsdom
import { beforeEach, describe, expect, it } from "vitest"
import { apply, begin, clear, saveDraft, useDrafts, wipeAll } from "../../src/state/drafts.ts"
import { CONVERSATION } from "./build.ts"

const drafts = () => useDrafts.getState().byConversation

beforeEach(() => {
  localStorage.clear()
  clear()
})

describe("drafts", () => {
  it("outlive a reload, each user's own", () => {
    begin("u_1")
    saveDraft(CONVERSATION, { text: "half a", reply_to: 3 })
    clear()
    begin("u_2")
    expect(drafts()).toEqual({})
    begin("u_1")
    expect(drafts()).toEqual({ [CONVERSATION]: { text: "half a", reply_to: 3 } })
  })

  it("leave nothing behind once they are empty, or the chat is over", () => {
    begin("u_1")
    saveDraft(CONVERSATION, { text: "half a" })
    saveDraft(CONVERSATION, { text: "" })
    expect(localStorage.length).toBe(0)
    saveDraft(CONVERSATION, { text: "half a" })
    apply({ event: "ended", conversation: CONVERSATION, by: "Anna" })
    expect(localStorage.length).toBe(0)
    expect(drafts()).toEqual({})
  })

  it("leave nothing of this user when he signs out, and nothing of others is touched", () => {
    begin("u_1")
    saveDraft(CONVERSATION, { text: "half a" })
    clear()
    begin("u_2")
    saveDraft(CONVERSATION, { text: "another" })
    wipeAll()
    expect(Object.keys(localStorage)).toEqual([`parley.draft.u_1.${CONVERSATION}`])
  })

  it("do not choke on what somebody else has stored there", () => {
    localStorage.setItem(`parley.draft.u_1.${CONVERSATION}`, "{")
    begin("u_1")
    expect(drafts()[CONVERSATION]).toEqual({ text: "" })
  })
})

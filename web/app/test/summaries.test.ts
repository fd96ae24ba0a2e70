import { describe, expect, it } from "vitest"
import {
  conversationTitle,
  isMuted,
  lastStatus,
  withMessage,
  withReceipt,
  withSummary,
} from "../src/state/summaries.ts"
import { ANN, AT, ME, member, message, summary } from "./made.ts"

const begun = withSummary(undefined, summary("c_1", { seq: 5, rev: 5, unread: 2, last_message: message(5) }), ME)

describe("unread", () => {
  it("is what the server counted, and one more with each text of somebody else", () => {
    let entry = withMessage(begun, message(6), ME)
    entry = withMessage(entry, message(7, { sender: ME }), ME)
    entry = withMessage(entry, message(8, { kind: "system" }), ME)
    expect(entry.summary.unread).toBe(3)
    expect(entry.summary.last_message?.seq).toBe(8)
  })

  it("counts nothing twice", () => {
    const once = withMessage(begun, message(6), ME)
    expect(withMessage(once, message(6), ME)).toBe(once)
    expect(withMessage(begun, message(5), ME)).toBe(begun)
  })

  it("does not count again what a newer summary has counted", () => {
    const later = withSummary(withMessage(begun, message(6), ME), summary("c_1", { seq: 6, rev: 6, unread: 3 }), ME)
    expect(later.summary.unread).toBe(3)
  })

  it("goes down by what was read, here or on another device", () => {
    const entry = withMessage(withMessage(begun, message(6), ME), message(7), ME)
    expect(withReceipt(entry, ME, 6, 6, ME).summary.unread).toBe(1)
    expect(withReceipt(entry, ME, 7, 7, ME).summary.unread).toBe(0)
  })

  it("is not raised again by a summary that does not know yet what was read", () => {
    const read = withReceipt(withMessage(begun, message(6), ME), ME, 6, 6, ME)
    expect(withSummary(read, summary("c_1", { seq: 6, rev: 6, unread: 3 }), ME).summary.unread).toBe(0)
  })

  it("goes down when something unread is deleted", () => {
    const entry = withMessage(begun, message(6), ME)
    const deleted = withMessage(entry, message(6, { rev: 7, text: null, deleted_at: AT }), ME)
    expect(deleted.summary.unread).toBe(2)
    expect(withMessage(deleted, message(4, { rev: 8, text: null, deleted_at: AT }), ME).summary.unread).toBe(1)
  })

  it("does not count what arrives deleted already", () => {
    expect(withMessage(begun, message(6, { text: null, deleted_at: AT }), ME).summary.unread).toBe(2)
  })

  it("begins anew with another epoch", () => {
    const read = withReceipt(begun, ME, 5, 5, ME)
    expect(withSummary(read, summary("c_1", { epoch: "f", seq: 1, rev: 1, unread: 1 }), ME).summary.unread).toBe(1)
  })
})

describe("the last message", () => {
  it("is replaced by its own later states only", () => {
    const edited = withMessage(begun, message(5, { rev: 6, text: "better" }), ME)
    expect(edited.summary.last_message?.text).toBe("better")
    const older = withMessage(edited, message(4, { rev: 7, text: "elsewhere" }), ME)
    expect(older.summary.last_message?.text).toBe("better")
    expect(older.summary.rev).toBe(7)
  })

  it("stays when an older summary comes late", () => {
    const entry = withMessage(begun, message(6), ME)
    expect(withSummary(entry, summary("c_1", { seq: 5, rev: 5, unread: 2, name: "n" }), ME).summary).toMatchObject({
      seq: 6,
      rev: 6,
      unread: 3,
      name: "n",
    })
  })
})

describe("the status of one's own last message", () => {
  const own = { seq: 5, rev: 5, last_message: message(5, { sender: ME }) }

  it("follows the others' receipts", () => {
    const entry = withSummary(undefined, summary("c_1", own), ME)
    expect(lastStatus(entry.summary, ME)).toBe("sent")
    expect(lastStatus(withReceipt(entry, ANN, 5, 0, ME).summary, ME)).toBe("delivered")
    expect(lastStatus(withReceipt(entry, ANN, 5, 5, ME).summary, ME)).toBe("read")
  })

  it("is that of the slowest in a group", () => {
    const members = [member(ME), member(ANN, { read: 5 }), member("u_ben", { delivered: 5 })]
    expect(lastStatus(summary("c_1", { ...own, kind: "group", members, member_count: 3 }), ME)).toBe("delivered")
  })

  it("is the server's word where not all members are known, and nothing for others' messages", () => {
    expect(lastStatus(summary("c_1", { ...own, member_count: 80, last_message_status: "delivered" }), ME)).toBe(
      "delivered",
    )
    expect(lastStatus(begun.summary, ME)).toBeNull()
  })
})

describe("a conversation", () => {
  it("is called by the group's name or the other one's", () => {
    expect(conversationTitle(summary("c_1", { kind: "group", name: "Team" }), ME)).toBe("Team")
    expect(conversationTitle(summary(), ME)).toBe("ann")
    expect(conversationTitle(summary("c_1", { members: [member(ME), member(ANN, { name: "Ann" })] }), ME)).toBe("Ann")
  })

  it("is muted until its time has come", () => {
    const now = Date.parse(AT)
    expect(isMuted(summary(), now)).toBe(false)
    expect(isMuted(summary("c_1", { muted: true }), now)).toBe(true)
    expect(isMuted(summary("c_1", { muted: true, muted_until: AT }), now - 1)).toBe(true)
    expect(isMuted(summary("c_1", { muted: true, muted_until: AT }), now)).toBe(false)
  })
})

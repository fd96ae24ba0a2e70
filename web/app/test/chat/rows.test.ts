import type { Message } from "@parley/sdk"
import { describe, expect, it } from "vitest"
import { type Row, rowsOf, type Shown } from "../../src/chat/model/rows.ts"
import { ANNA, BEN, ME, message, minute, sent } from "./build.ts"

function shown(messages: Message[], given: Partial<Shown> = {}): Shown {
  return { messages, atStart: true, atEnd: true, outgoing: [], me: ME, firstUnread: null, ...given }
}

/** What stands there, in short: days, the border, `name: text` where a group begins, else the text. */
function told(rows: Row[]): string[] {
  return rows.map((row) => {
    if (row.type === "day" || row.type === "unread" || row.type === "gap") return row.type
    if (row.type === "system") return "system"
    return row.first ? `${row.entry.sender}: ${row.entry.text}` : `${row.entry.text}`
  })
}

describe("grouping", () => {
  it("names a sender once for what follows within five minutes", () => {
    const rows = rowsOf(shown([message(1), message(2), message(3, { sender: BEN }), message(4, { sender: BEN })]))
    expect(told(rows)).toEqual(["day", `${ANNA}: text 1`, "text 2", `${BEN}: text 3`, "text 4"])
  })

  it("begins anew after a pause, a system message, another day and the border of the unread", () => {
    const system = message(3, { kind: "system", event: { type: "joined", by: BEN, user: BEN } as Message["event"] })
    const messages = [message(1), message(8), system, message(9), message(2000), message(2001)]
    const rows = rowsOf(shown(messages, { firstUnread: 2001 }))
    expect(told(rows)).toEqual([
      "day",
      `${ANNA}: text 1`,
      `${ANNA}: text 8`,
      "system",
      `${ANNA}: text 9`,
      "day",
      `${ANNA}: text 2000`,
      "unread",
      `${ANNA}: text 2001`,
    ])
  })
})

describe("more history", () => {
  const all = Array.from({ length: 40 }, (_, index) => message(index + 1, { sent_at: minute(index * 97) }))

  it("changes none of the rows that were there when it is put before them", () => {
    for (const from of [5, 12, 27]) {
      const before = rowsOf(shown(all.slice(from), { atStart: false }))
      const after = rowsOf(shown(all.slice(from - 5), { atStart: from === 5 }))
      expect(after.slice(-before.length)).toEqual(before)
    }
  })

  it("changes none of the rows that were there when it is put after them", () => {
    const before = rowsOf(shown(all.slice(3, 20), { atStart: false, atEnd: false }))
    const after = rowsOf(shown(all.slice(3, 30), { atStart: false }))
    expect(after.slice(0, before.length)).toEqual(before)
  })

  it("gives the same entry for the same message, so that its row need not be drawn again", () => {
    const [first] = rowsOf(shown(all)).filter((row) => row.type === "message")
    const [again] = rowsOf(shown(all)).filter((row) => row.type === "message")
    expect(first?.type === "message" && again?.type === "message" && first.entry === again.entry).toBe(true)
  })
})

describe("the border of the unread", () => {
  it("stands once, before the first unread message", () => {
    const rows = rowsOf(shown([message(1), message(2), message(3)], { firstUnread: 2 }))
    expect(told(rows)).toEqual(["day", `${ANNA}: text 1`, "unread", `${ANNA}: text 2`, "text 3"])
  })

  it("is not shown in a range that begins above it", () => {
    const rows = rowsOf(shown([message(5), message(6), message(7)], { firstUnread: 2, atStart: false }))
    expect(told(rows)).toEqual(["text 6", "text 7"])
  })
})

describe("local echo", () => {
  it("stands at the end in the order sent, and keeps its key when it is stored", () => {
    const outgoing = [sent("a"), sent("b", { state: "accepted" })]
    const before = rowsOf(shown([message(1)], { outgoing }))
    expect(told(before)).toEqual(["day", `${ANNA}: text 1`, `${ME}: a`, "b"])
    const stored = message(2, { sender: ME, client_id: "a", text: "a", sent_at: minute(60) })
    const after = rowsOf(shown([message(1), stored], { outgoing }))
    expect(told(after)).toEqual(told(before))
    expect(after.map((row) => row.key)).toEqual(before.map((row) => row.key))
  })

  it("is shown once when another device of this user or a late answer tells of it again", () => {
    const stored = message(2, { sender: ME, client_id: "a", text: "a" })
    const rows = rowsOf(shown([message(1), stored], { outgoing: [sent("a", { state: "sent", seq: 2 })] }))
    expect(told(rows)).toEqual(["day", `${ANNA}: text 1`, `${ME}: a`])
  })

  it("is shown below what is loaded, and that something is missing between", () => {
    const rows = rowsOf(shown([message(1), message(2)], { atEnd: false, outgoing: [sent("a"), sent("b")] }))
    expect(told(rows)).toEqual(["day", `${ANNA}: text 1`, "text 2", "gap", `${ME}: a`, "b"])
  })

  it("waits, once it has a number, until what is loaded comes to it", () => {
    const outgoing = [sent("a", { state: "sent", seq: 9 })]
    const rows = rowsOf(shown([message(1), message(2)], { atEnd: false, outgoing }))
    expect(told(rows)).toEqual(["day", `${ANNA}: text 1`, "text 2"])
  })

  it("goes when history has gone past its number", () => {
    const outgoing = [sent("a", { state: "sent", seq: 2 })]
    expect(told(rowsOf(shown([message(3), message(4)], { atStart: false, outgoing })))).toEqual(["text 4"])
  })
})

describe("own changes", () => {
  function only(rows: Row[]) {
    const row = rows.find((one) => one.type === "message")
    if (row?.type !== "message") throw new Error("no message is shown")
    return row.entry
  }

  it("are shown at once, and only until the message has them", () => {
    const edit = sent("e", { kind: "edit", given: { seq: 1, text: "better" } })
    const mine = message(1, { sender: ME })
    expect(only(rowsOf(shown([mine], { outgoing: [edit] }))).text).toBe("better")
    const done = sent("e", { ...edit, state: "sent", rev: 2 })
    const later = message(1, { sender: ME, rev: 3, text: "best" })
    expect(only(rowsOf(shown([later], { outgoing: [done] }))).text).toBe("best")
  })

  it("put and take reactions of this user and nobody else", () => {
    const reacted = message(1, { reactions: { "👍": [ANNA], "🎉": [ME] } })
    const on = sent("r", { kind: "react", given: { seq: 1, emoji: "👍", on: true } })
    const off = sent("s", { kind: "react", given: { seq: 1, emoji: "🎉", on: false } })
    expect(only(rowsOf(shown([reacted], { outgoing: [on, off] }))).reactions).toEqual({ "👍": [ANNA, ME] })
  })

  it("leave the message as it is when they were refused, and are kept to be told", () => {
    const refused = sent("d", { kind: "delete", given: { seq: 1 }, state: "rejected" })
    const entry = only(rowsOf(shown([message(1, { sender: ME })], { outgoing: [refused] })))
    expect(entry.deleted).toBe(false)
    expect(entry.refused).toEqual([refused])
  })
})

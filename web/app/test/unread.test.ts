import { expect, it } from "vitest"
import { readSince, unreadOf } from "../src/notifications/unread.ts"
import { withSummary } from "../src/state/summaries.ts"
import { AT, ME, summary } from "./made.ts"

it("counts what waits in conversations that are not muted", () => {
  const now = Date.parse(AT)
  const summaries = [
    summary("c_1", { unread: 3 }),
    summary("c_2", { unread: 2, muted: true }),
    summary("c_3", { unread: 4, muted: true, muted_until: "2026-11-21T11:59:59.000Z" }),
    summary("c_4", { marked_unread: true }),
    summary("c_5", { unread: 1, marked_unread: true }),
    summary("c_6"),
  ]
  expect(unreadOf(summaries, now)).toBe(3 + 4 + 1 + 1)
})

it("tells what has been read since, here or elsewhere", () => {
  const entries = (unread: Record<string, number>) =>
    new Map(
      Object.entries(unread).map(([id, count]) => [
        id,
        withSummary(undefined, summary(id, { unread: count, seq: count }), ME),
      ]),
    )
  const before = entries({ c_read: 2, c_still: 1, c_known: 0, c_gone: 1 })
  const now = entries({ c_read: 0, c_still: 3, c_known: 0, c_new: 0 })
  expect([...readSince(before, now)].sort()).toEqual(["c_gone", "c_new", "c_read"])
})

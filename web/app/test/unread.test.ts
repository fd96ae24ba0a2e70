import { expect, it } from "vitest"
import { unreadOf } from "../src/notifications/unread.ts"
import { AT, summary } from "./made.ts"

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

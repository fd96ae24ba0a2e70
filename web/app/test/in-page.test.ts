// @vitest-environment jsdom
import { describe, expect, it } from "vitest"
import { newsOf } from "../src/notifications/in-page.ts"
import { ANN, ME, member, message, summary } from "./made.ts"

describe("what a hidden page tells the service worker", () => {
  it("is what a push would say", () => {
    const members = [member(ME), member(ANN, { name: "Ann Lee" })]
    expect(newsOf(message(7, { mentions: [ME] }), summary("c_1", { members }), ME)).toEqual({
      id: "c_1.7",
      conversation: "c_1",
      kind: "direct",
      name: null,
      sender: { name: "Ann Lee" },
      mentioned: true,
      text: "text 7",
    })
  })

  it("names the group where the sender is not among the members that are known", () => {
    const group = summary("c_1", { kind: "group", name: "Tea", members: [member(ME)] })
    expect(newsOf(message(7), group, ME)).toMatchObject({ name: null, sender: { name: "Tea" }, mentioned: false })
  })
})

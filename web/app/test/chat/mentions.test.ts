import { describe, expect, it } from "vitest"
import { mentionable, mentionQuery, mentionsIn, pieces, withMention } from "../../src/chat/model/mentions.ts"
import { ANNA, BEN, ME, member } from "./build.ts"

const members = [
  member(ME, { username: "me" }),
  member(ANNA, { username: "anna", name: "Anna Ahorn" }),
  member(BEN, { username: "ben.b", name: "Ben Birke" }),
]

describe("while one writes", () => {
  it("takes an @ at the beginning of a word for a mention", () => {
    expect(mentionQuery("hello @an", 9)).toBe("an")
    expect(mentionQuery("@", 1)).toBe("")
    expect(mentionQuery("mail@an", 7)).toBeNull()
    expect(mentionQuery("@anna now", 9)).toBeNull()
  })

  it("offers others by username and by any word of their names", () => {
    expect(mentionable(members, "", ME).map((one) => one.user)).toEqual([ANNA, BEN])
    expect(mentionable(members, "bir", ME).map((one) => one.user)).toEqual([BEN])
    expect(mentionable(members, "ME", ME)).toEqual([])
  })

  it("completes what is before the caret and leaves the rest", () => {
    expect(withMention("hi @an there", 6, "anna")).toEqual({ text: "hi @anna there", caret: 9 })
    expect(withMention("@b", 2, "ben.b")).toEqual({ text: "@ben.b ", caret: 7 })
  })
})

describe("what was written", () => {
  it("mentions each member once, in any case of letters, and nobody else", () => {
    expect(mentionsIn("@Anna and @anna, @nobody @ben.b.", members)).toEqual([ANNA, BEN])
  })

  it("is cut into mentions and the text between, losing nothing", () => {
    const text = "ask @ben.b. or @anna!"
    expect(pieces(text, members).map((piece) => piece.text)).toEqual(["ask ", "@ben.b", ". or ", "@anna", "!"])
    expect(pieces("plain", members)).toEqual([{ at: 0, text: "plain", user: null }])
    expect(pieces("", members)).toEqual([])
  })
})

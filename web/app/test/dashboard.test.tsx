// @vitest-environment jsdom
import { describe, expect, it } from "vitest"
import { initials } from "../src/components/Avatar.tsx"
import { meaning, neighbour } from "../src/pages/dashboard/Shortcuts.tsx"
import { excerpt } from "../src/pages/search/excerpt.ts"
import { documentTitle } from "../src/state/page.ts"
import { readSettings } from "../src/state/settings.ts"
import { summary } from "./made.ts"

const press = (key: string, held: Partial<Record<"ctrlKey" | "metaKey" | "altKey" | "shiftKey", boolean>> = {}) =>
  meaning({ key, ctrlKey: false, metaKey: false, altKey: false, shiftKey: false, ...held })

describe("keys", () => {
  it("mean the same wherever the focus is", () => {
    expect(press("k", { ctrlKey: true })).toBe("switcher")
    expect(press("K", { metaKey: true })).toBe("switcher")
    expect(press("/", { ctrlKey: true })).toBe("help")
    expect(press("/", { ctrlKey: true, shiftKey: true })).toBe("help")
    expect(press("ArrowDown", { altKey: true })).toEqual({ step: 1, unread: false })
    expect(press("ArrowUp", { altKey: true, shiftKey: true })).toEqual({ step: -1, unread: true })
  })

  it("mean nothing when one just writes", () => {
    expect(press("k")).toBeNull()
    expect(press("/")).toBeNull()
    expect(press("ArrowUp")).toBeNull()
    expect(press("ArrowDown", { ctrlKey: true, altKey: true })).toBeNull()
  })
})

describe("the next chat", () => {
  const chats = [summary("c_1"), summary("c_2", { unread: 1 }), summary("c_3", { marked_unread: true })]

  it("is the one below or above, going round", () => {
    expect(neighbour(chats, "c_1", 1, false)).toBe("c_2")
    expect(neighbour(chats, "c_1", -1, false)).toBe("c_3")
    expect(neighbour(chats, "c_3", 1, false)).toBe("c_1")
  })

  it("begins at the ends when none is open", () => {
    expect(neighbour(chats, null, 1, false)).toBe("c_1")
    expect(neighbour(chats, null, -1, false)).toBe("c_3")
  })

  it("skips what is read, when asked for what is not", () => {
    expect(neighbour(chats, "c_2", -1, true)).toBe("c_3")
    expect(neighbour([summary("c_1"), summary("c_2")], "c_1", 1, true)).toBeUndefined()
    expect(neighbour([], null, 1, false)).toBeUndefined()
  })
})

describe("an excerpt", () => {
  it("marks what was found, counted in characters", () => {
    expect(
      excerpt("🙂 wind and wind", [
        [2, 6],
        [11, 15],
      ]),
    ).toEqual([
      { text: "🙂 ", marked: false, at: 0 },
      { text: "wind", marked: true, at: 2 },
      { text: " and ", marked: false, at: 6 },
      { text: "wind", marked: true, at: 11 },
    ])
  })

  it("begins a little before the first place, and ends", () => {
    const parts = excerpt(`${"a ".repeat(200)}wind${" b".repeat(200)}`, [[400, 404]])
    const text = parts.map((part) => part.text).join("")
    expect(text.startsWith("…")).toBe(true)
    expect(text.endsWith("…")).toBe(true)
    expect(text).toContain("wind")
    expect(text.length).toBeLessThan(250)
  })

  it("shows a text in which nothing is marked", () => {
    expect(excerpt("hello", [])).toEqual([{ text: "hello", marked: false, at: 0 }])
  })
})

describe("initials", () => {
  it("are the first letters of the first two words", () => {
    expect(initials("Ann Archer")).toBe("AA")
    expect(initials("ben_42")).toBe("B4")
    expect(initials("🙂")).toBe("🙂")
    expect(initials("  ")).toBe("?")
  })
})

describe("the tab's title", () => {
  it("has the page, and before it what is unread", () => {
    expect(documentTitle({ title: "", unread: 0 })).toBe("Parley")
    expect(documentTitle({ title: "Ann", unread: 3 })).toBe("(3) Ann · Parley")
  })
})

describe("settings", () => {
  it("have defaults for what was never said, or not in this form", () => {
    const defaults = { language: "de", enter: "send", popups: true, hide_content: false }
    expect(readSettings(null, ["de-DE"])).toEqual(defaults)
    expect(readSettings("{nonsense", ["de"])).toEqual(defaults)
    expect(readSettings('{"language":"xx","enter":7,"popups":"no"}', ["de"])).toEqual(defaults)
    expect(readSettings('{"language":"en","enter":"newline","popups":false,"hide_content":true}', ["de"])).toEqual({
      language: "en",
      enter: "newline",
      popups: false,
      hide_content: true,
    })
  })
})

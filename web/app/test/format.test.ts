import { describe, expect, it } from "vitest"
import { format, regional } from "../src/format.ts"

const now = () => new Date(2026, 10, 21, 14, 30)
const at = (...parts: [number, number, number, number, number]) => new Date(...parts).toISOString()
const english = format("en-GB", now)
const german = format("de", now)

describe("a day", () => {
  it("is named as shortly as is clear", () => {
    expect(english.day(at(2026, 10, 21, 0, 5))).toBe("Today")
    expect(english.day(at(2026, 10, 20, 23, 55))).toBe("Yesterday")
    expect(german.day(at(2026, 10, 20, 23, 55))).toBe("Gestern")
    expect(english.day(at(2026, 10, 17, 12, 0))).toBe("Tuesday")
    expect(english.day(at(2026, 10, 3, 12, 0))).toBe("3 November")
    expect(english.day(at(2025, 10, 3, 12, 0))).toBe("3 November 2025")
  })
})

describe("in a list", () => {
  it("today is a time, and any other day a day", () => {
    expect(english.brief(at(2026, 10, 21, 9, 5))).toBe("9:05")
    expect(english.brief(at(2026, 10, 20, 9, 5))).toBe("Fri")
    expect(german.brief(at(2026, 10, 3, 9, 5))).toBe("3. Nov.")
  })
})

describe("a distance", () => {
  it("is told in the largest unit that it fills", () => {
    expect(english.relative(at(2026, 10, 21, 14, 25))).toBe("5 minutes ago")
    expect(english.relative(at(2026, 10, 21, 12, 25))).toBe("2 hours ago")
    expect(german.relative(at(2026, 10, 19, 12, 25))).toBe("vorgestern")
    expect(english.relative(at(2026, 10, 21, 14, 30))).toBe("this minute")
  })
})

describe("the language of a region", () => {
  it("is the reader's own where it is the language shown", () => {
    expect(regional("en", ["de-AT", "en-GB", "en-US"])).toBe("en-GB")
    expect(regional("de", ["de-AT", "en-GB"])).toBe("de-AT")
    expect(regional("de", ["en-GB"])).toBe("de")
    expect(format(regional("en", ["en-GB"])).time("2026-11-21T14:05:00.000Z")).toMatch(/^\d\d:05$/)
  })
})

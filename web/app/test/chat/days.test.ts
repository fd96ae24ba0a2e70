import { describe, expect, it } from "vitest"
import { dayOf, dayText } from "../../src/chat/model/days.ts"
import { fitted, sizeText } from "../../src/chat/model/files.ts"

const now = new Date(2026, 2, 10, 15)
const at = (year: number, month: number, day: number) => new Date(year, month - 1, day, 23, 30).toISOString()

describe("days", () => {
  it("are the reader's own", () => {
    expect(dayOf(at(2026, 3, 9))).toBe("2026-03-09")
  })

  it("are said as people say them", () => {
    expect(dayText(at(2026, 3, 10), "en", now)).toBe("Today")
    expect(dayText(at(2026, 3, 9), "en", now)).toBe("Yesterday")
    expect(dayText(at(2026, 3, 9), "de", now)).toBe("Gestern")
    expect(dayText(at(2026, 3, 6), "en", now)).toBe("Friday")
    expect(dayText(at(2026, 1, 2), "en", now)).toBe("Friday, January 2")
    expect(dayText(at(2024, 12, 31), "en", now)).toBe("December 31, 2024")
    expect(dayText(at(2026, 3, 12), "en", now)).toBe("Thursday, March 12")
  })
})

describe("files", () => {
  it("have sizes in the unit that suits them", () => {
    expect(sizeText(0, "en")).toBe("0 bytes")
    expect(sizeText(2048, "en")).toBe("2 kB")
    expect(sizeText(25 * 1024 * 1024, "de")).toBe("25 MB")
  })

  it("are laid out within a box, never enlarged", () => {
    expect(fitted(1000, 500, 320)).toEqual({ width: 320, height: 160 })
    expect(fitted(10, 20, 320)).toEqual({ width: 10, height: 20 })
  })
})

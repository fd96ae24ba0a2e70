import { expect, it } from "vitest"
import { moment } from "../src/pages/ephemeral/times.ts"

it("names the day of a moment unless it is today", () => {
  const now = new Date(2026, 10, 21, 21, 0)
  expect(moment("de", new Date(2026, 10, 21, 22, 5), now)).toBe("22:05")
  expect(moment("en-GB", new Date(2026, 10, 28, 9, 5), now)).toBe("Sat 28 Nov, 9:05")
})

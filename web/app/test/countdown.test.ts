import { describe, expect, it } from "vitest"
import { clock, secondsLeft } from "../src/pages/ephemeral/countdown.ts"

describe("a countdown", () => {
  it("shows the last second until it is over, and never less than nothing", () => {
    expect([10_000, 9_001, 9_000, 1, 0, -5].map((left) => secondsLeft(1_000_000 + left, 1_000_000))).toEqual([
      10, 10, 9, 1, 0, 0,
    ])
  })

  it.each([
    [0, "0:00"],
    [7, "0:07"],
    [60, "1:00"],
    [899, "14:59"],
    [3600, "1:00:00"],
    [3725, "1:02:05"],
  ])("of %i seconds reads %s", (seconds, text) => expect(clock(seconds)).toBe(text))
})

import { expect, it } from "vitest"
import { badgeText } from "../src/notifications/badge.ts"

it("marks the icon with what fits on it", () => {
  expect([0, -1, 1, 9, 10, 250].map(badgeText)).toEqual([null, null, "1", "9", "9+", "9+"])
})

import { describe, expect, it } from "vitest"
import { groupCode, readCode, spellCode } from "../src/pages/ephemeral/code.ts"

describe("a seat's code", () => {
  it.each([
    ["7K3M-9QXZ", "7K3M9QXZ"],
    ["7k3m9qxz", "7K3M9QXZ"],
    ["  7k3m 9qxz ", "7K3M9QXZ"],
    ["7k\u00a03m\u20139q\tx.z", "7K3M9QXZ"],
    ["oOiI-lL00", "00111100"],
    ["７Ｋ３Ｍ９ＱＸＺ", "7K3M9QXZ"],
  ])("is read from %j", (typed, code) => expect(readCode(typed)).toBe(code))

  it.each(["", "7K3M-9QX", "7K3M-9QXZ1", "7K3M-9QXU", "7K3M/9QXZ", "7K3M-9QX!"])("is not read from %j", (typed) =>
    expect(readCode(typed)).toBeNull(),
  )

  it("is shown in two groups, and spelled", () => {
    expect(groupCode("7k3m9qxz")).toBe("7K3M-9QXZ")
    expect(groupCode("7K3M-9QXZ")).toBe("7K3M-9QXZ")
    expect(spellCode("7K3M-9QXZ")).toBe("7 K 3 M, 9 Q X Z")
  })
})

import { describe, expect, it } from "vitest"
import { cleanName, judgeNames } from "../src/pages/ephemeral/names.ts"

describe("the names of a chat", () => {
  it("are cleaned as the server cleans them", () => {
    expect(cleanName("  Ann \t Lee  ")).toBe("Ann Lee")
    expect(cleanName("Zoe\u0308")).toBe("Zo\u00eb")
  })

  it("may be two that differ", () => expect(judgeNames("Ann", " Ben ")).toEqual([null, null]))

  it.each([
    ["Ann", "ann "],
    ["STRASSE", "straße"],
    ["Zoe\u0308", "ZO\u00cb"],
    ["Ann  Lee", "ann lee"],
  ])("may not be one: %j and %j", (first, second) => expect(judgeNames(first, second)).toEqual([null, "namesSame"]))

  it("are judged each for itself", () => {
    expect(judgeNames(" ", "")).toEqual(["nameMissing", "nameMissing"])
    expect(judgeNames("a".repeat(41), "a".repeat(40))).toEqual(["nameLong", null])
    expect(judgeNames("😀".repeat(40), "A\u200bnn")).toEqual([null, "nameControl"])
  })
})

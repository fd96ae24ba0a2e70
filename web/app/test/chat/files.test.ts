import { describe, expect, it } from "vitest"
import { fitted, sizeText } from "../../src/chat/model/files.ts"

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

import { describe, expect, it, vi } from "vitest"
import { createLoaded } from "../../src/chat/loaded.ts"

const soon = () => new Promise((resolve) => setTimeout(resolve))

describe("values loaded by key", () => {
  it("are asked for once, together, and answered to all", async () => {
    const load = vi.fn(async (keys: string[]) => new Map(keys.map((key) => [key, key.length])))
    const loaded = createLoaded(load)
    for (const key of ["a", "bb", "a"]) loaded.want(key)
    await soon()
    loaded.want("a")
    await soon()
    expect(load.mock.calls).toEqual([[["a", "bb"]]])
    expect(loaded.get("bb")).toBe(2)
  })

  it("are null where there is none, and unknown after an error", async () => {
    const loaded = createLoaded(async () => new Map<string, number>())
    loaded.want("a")
    await soon()
    expect(loaded.get("a")).toBeNull()
    const failing = createLoaded(() => Promise.reject(new Error("unreachable")))
    failing.want("a")
    await soon()
    expect(failing.get("a")).toBeUndefined()
  })

  it("are bounded: the oldest go", async () => {
    const loaded = createLoaded(async (keys: string[]) => new Map(keys.map((key) => [key, 1])), 2)
    for (const key of ["a", "b", "c"]) loaded.want(key)
    await soon()
    expect([loaded.get("a"), loaded.get("b"), loaded.get("c")]).toEqual([undefined, 1, 1])
  })
})

import { expect, test, vi } from "vitest"
import { together } from "../src/state/together.ts"

const aTask = () => new Promise((resolve) => setTimeout(resolve, 20))

test("what comes before its turn is handed over with it, in order", async () => {
  const handed: (number | string)[] = []
  const numbers = together<number>((one) => {
    if (one === 1) Promise.resolve().then(() => handed.push("drawn"))
    handed.push(one)
  })
  numbers.add(1)
  await Promise.resolve()
  numbers.add(2)
  expect(handed).toEqual([])
  await aTask()
  expect(handed).toEqual([1, 2, "drawn"])
  numbers.add(3)
  await aTask()
  expect(handed).toEqual([1, 2, "drawn", 3])
})

test("what is added while others are handed over comes next", async () => {
  const handed: number[] = []
  const numbers = together<number>((one) => {
    handed.push(one)
    if (one < 3) numbers.add(one + 1)
  })
  numbers.add(1)
  await aTask()
  expect(handed).toEqual([1, 2, 3])
})

test("nothing that was cleared is handed over", async () => {
  const handed: number[] = []
  const numbers = together<number>((one) => void handed.push(one))
  numbers.add(1)
  numbers.clear()
  numbers.add(2)
  await aTask()
  expect(handed).toEqual([2])
})

test("one that cannot be handed over keeps none of the others back", async () => {
  const complained = vi.fn()
  vi.stubGlobal("reportError", complained)
  const handed: number[] = []
  const numbers = together<number>((one) => {
    if (one === 1) throw new Error("no")
    handed.push(one)
  })
  numbers.add(1)
  numbers.add(2)
  await aTask()
  vi.unstubAllGlobals()
  expect(handed).toEqual([2])
  expect(complained).toHaveBeenCalledOnce()
})

// @vitest-environment jsdom
import { Timeline } from "@parley/sdk"
import { act, cleanup, renderHook } from "@testing-library/react"
import { useSyncExternalStore } from "react"
import { afterEach, describe, expect, it, vi } from "vitest"
import { useOpening } from "../../src/chat/useOpening.ts"
import { ANNA, ME, member, message, summary } from "./build.ts"

const HEAD = 200

/** A server with that many messages of the other one, which takes longer for each answer than for the one before. */
function history(): Timeline {
  const all = Array.from({ length: HEAD }, (_, index) => message(index + 1))
  let asked = 0
  return new Timeline(async ({ around, before, after, limit }) => {
    asked += 1
    await new Promise((resolve) => setTimeout(resolve, 20 * asked))
    if (around !== undefined) {
      const from = Math.max(0, around - 1 - limit / 2)
      return { messages: all.slice(from, from + limit), more: true }
    }
    if (after !== undefined) return { messages: all.slice(after, after + limit), more: after + limit < HEAD }
    const end = before === undefined ? HEAD : before - 1
    return { messages: all.slice(Math.max(0, end - limit), end), more: end > limit }
  })
}

const withRead = (read: number) =>
  summary({ seq: HEAD, unread: HEAD - read, members: [member(ME, { read }), member(ANNA)] })

function opened(given: { read: number; around?: number; compact?: boolean }) {
  const timeline = history()
  const conversation = withRead(given.read)
  return renderHook(() => {
    const view = useSyncExternalStore(
      (listener) => timeline.subscribe(listener),
      () => timeline.snapshot(),
    )
    const opening = useOpening(timeline, view, conversation, ME, given.around, given.compact ?? false)
    return { timeline, opening, seqs: view.messages.map((one) => one.seq), atEnd: view.atEnd }
  })
}

const settled = () => act(() => new Promise((resolve) => setTimeout(resolve, 120)))

afterEach(() => {
  cleanup()
  vi.restoreAllMocks()
})

describe("where a chat is opened", () => {
  it("is at the first unread message, with what is around it", async () => {
    const { result } = opened({ read: 99 })
    await settled()
    expect(result.current.opening.place).toMatchObject({ at: "unread", asked: false })
    expect(result.current.opening.firstUnread).toBe(100)
    expect(result.current.seqs).toContain(100)
    expect(result.current.atEnd).toBe(false)
  })

  it("is at the end when everything is read", async () => {
    const { result } = opened({ read: HEAD })
    await settled()
    expect(result.current.opening.place).toMatchObject({ at: "end" })
    expect(result.current.seqs.at(-1)).toBe(HEAD)
    expect(result.current.opening.firstUnread).toBeNull()
  })

  it("is at the message of a link, which is marked, whatever is unread", async () => {
    const { result } = opened({ read: 99, around: 42 })
    await settled()
    expect(result.current.opening.place).toMatchObject({ at: 42, mark: true })
    expect(result.current.seqs).toContain(42)
  })

  it("is at what was just said in a small window, which still knows what is unread", async () => {
    const { result } = opened({ read: 99, compact: true })
    await settled()
    expect(result.current.opening.place).toMatchObject({ at: "end" })
    expect(result.current.seqs.at(-1)).toBe(HEAD)
    expect(result.current.opening.firstUnread).toBe(100)
  })
})

describe("going elsewhere", () => {
  it("loads what is not there, and only then is there", async () => {
    const { result } = opened({ read: HEAD })
    await settled()
    act(() => result.current.opening.goTo(7))
    expect(result.current.opening.place).toMatchObject({ at: "end" })
    await settled()
    expect(result.current.opening.place).toMatchObject({ at: 7, mark: true, asked: true })
    expect(result.current.seqs).toContain(7)
    act(() => result.current.opening.goToEnd())
    await settled()
    expect(result.current.seqs.at(-1)).toBe(HEAD)
  })

  it("is there only when it is loaded, even if all is read anew meanwhile", async () => {
    const { result } = opened({ read: 0 })
    await settled()
    act(() => {
      result.current.opening.goToEnd()
      void result.current.timeline.reset()
    })
    const early = result.current.opening.place?.turn ?? 0
    await vi.waitFor(async () => {
      await act(() => new Promise((resolve) => setTimeout(resolve, 1)))
      expect(result.current.opening.place?.turn).toBeGreaterThan(early)
    })
    expect(result.current.seqs.at(-1)).toBe(HEAD)
  })

  it("loads nothing for what is there", async () => {
    const { result } = opened({ read: HEAD })
    await settled()
    const before = result.current.seqs
    act(() => result.current.opening.goTo(HEAD - 10))
    await settled()
    expect(result.current.seqs).toEqual(before)
    expect(result.current.opening.place).toMatchObject({ at: HEAD - 10 })
  })

  it("leads to where one wanted to be last", async () => {
    const { result } = opened({ read: HEAD })
    await settled()
    act(() => {
      result.current.opening.goTo(7)
      result.current.opening.goTo(50)
    })
    await settled()
    expect(result.current.opening.place).toMatchObject({ at: 50 })
    expect(result.current.seqs).toContain(50)
  })
})

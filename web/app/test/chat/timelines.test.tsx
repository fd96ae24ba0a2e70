// @vitest-environment jsdom
import type { Event, Message, Rest } from "@parley/sdk"
import { cleanup, renderHook, waitFor } from "@testing-library/react"
import { afterEach, beforeEach, expect, it, vi } from "vitest"
import * as timelines from "../../src/state/timelines.ts"
import { CONVERSATION, message, summary } from "./build.ts"

let stored: Message[]
const history = vi.fn(async () => ({ messages: [...stored], more: false }))
const rest = { history } as unknown as Rest

beforeEach(() => {
  timelines.clear()
  timelines.begin()
  history.mockClear()
  stored = [message(1)]
})

afterEach(cleanup)

const met: Event = { event: "conversation", conversation: CONVERSATION, summary: summary() }

it("a window that was open before the client knew of its conversation is read anew, once", async () => {
  const shown = renderHook(() => timelines.useTimeline(rest, CONVERSATION))
  await shown.result.current.timeline.open("end")
  stored.push(message(2))
  timelines.apply(met)
  await waitFor(() => expect(shown.result.current.view.messages.length).toBe(2))
  timelines.apply(met)
  expect(history).toHaveBeenCalledTimes(2)
})

it("messages go to the window of their conversation", async () => {
  timelines.apply(met)
  const shown = renderHook(() => timelines.useTimeline(rest, CONVERSATION))
  await shown.result.current.timeline.open("end")
  timelines.apply({ event: "message", conversation: CONVERSATION, rev: 2, message: message(2) })
  timelines.apply({ event: "message", conversation: "c_other", rev: 3, message: message(3) })
  await waitFor(() => expect(shown.result.current.view.messages.length).toBe(2))
  expect(history).toHaveBeenCalledTimes(1)
})

it("a window that is just being drawn when the client first tells of its conversation follows it", async () => {
  let told = false
  const shown = renderHook(() => {
    const found = timelines.useTimeline(rest, CONVERSATION)
    if (!told) timelines.apply(met)
    told = true
    return found
  })
  await shown.result.current.timeline.open("end")
  timelines.apply({ event: "message", conversation: CONVERSATION, rev: 2, message: message(2) })
  await waitFor(() => expect(shown.result.current.view.messages.length).toBe(2))
})

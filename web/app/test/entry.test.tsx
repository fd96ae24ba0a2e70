// @vitest-environment jsdom
import { type ErrorCode, RequestFailed, Rest, SeatSession } from "@parley/sdk"
import { act, cleanup, renderHook, waitFor } from "@testing-library/react"
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest"
import { useEntry } from "../src/pages/ephemeral/entry.ts"
import { begin, end } from "../src/state/session.ts"
import { ANN, ME, user } from "./made.ts"

vi.mock("../src/state/session.ts", () => {
  const state = { kind: "none" }
  return {
    begin: vi.fn((kind: string) => {
      state.kind = kind
    }),
    end: vi.fn(() => {
      state.kind = "none"
    }),
    useSession: { getState: () => state },
  }
})

const ENTERED = {
  access_token: "seat.secret",
  expires_in: 600,
  conversation: "c_1",
  user: user(ME),
  peer: user(ANN),
  inactivity_seconds: 3600,
  expires_at: new Date(Date.now() + 600_000).toISOString(),
}
const look = vi.spyOn(Rest.prototype, "seat")
const enter = vi.spyOn(Rest.prototype, "enter")

const problem = (status: number, code: ErrorCode) => new RequestFailed({ status, code, message: "", retry: false })

beforeEach(() => localStorage.clear())
afterEach(() => {
  cleanup()
  vi.resetAllMocks()
})

async function opened() {
  const hook = renderHook(() => useEntry("token"))
  await waitFor(() => expect(hook.result.current.entry.step).not.toBe("looking"))
  return hook
}

describe("a link", () => {
  it("greets, and changes nothing", async () => {
    look.mockResolvedValue({ name: "Ann", state: "new" })
    expect((await opened()).result.current.entry).toMatchObject({ step: "greeting", seat: { name: "Ann" } })
    expect(enter).not.toHaveBeenCalled()
  })

  it("asks for the code where somebody has been in, but not in this browser", async () => {
    look.mockResolvedValue({ name: "Ann", state: "entered" })
    enter.mockRejectedValue(problem(400, "invalid_frame"))
    expect((await opened()).result.current.entry.step).toBe("greeting")
    expect(enter).toHaveBeenCalledExactlyOnceWith("token", {})
  })

  it("lets the browser in that has the seat", async () => {
    look.mockResolvedValue({ name: "Ann", state: "entered" })
    enter.mockResolvedValue(ENTERED)
    const { result, unmount } = await opened()
    expect(result.current.entry.step).toBe("seated")
    expect(begin).toHaveBeenCalledWith("seat", expect.any(SeatSession))
    expect(JSON.stringify({ ...localStorage })).not.toMatch(/seat\.secret|token/)
    unmount()
    expect(end).toHaveBeenCalledOnce()
  })

  it("leads to one's own seat when it is the other one's", async () => {
    look.mockResolvedValue({ name: "Ann", state: "entered", url: "https://chat.example/c/own" })
    expect((await opened()).result.current.entry).toEqual({ step: "elsewhere", path: "/c/own" })
    expect(enter).not.toHaveBeenCalled()
  })

  it("leads nowhere once its chat has ended, and takes what is left of it here along", async () => {
    look.mockResolvedValue({ name: "Ann", state: "entered" })
    enter.mockResolvedValue(ENTERED)
    const first = await opened()
    first.unmount()
    localStorage.setItem(`parley.draft.${ME}.c_1`, "a draft")
    look.mockRejectedValue(problem(404, "not_found"))
    expect((await opened()).result.current.entry.step).toBe("nowhere")
    expect(localStorage).toHaveLength(0)
  })

  it("is asked for once more when its chat ends here, so that the cookie goes", async () => {
    look.mockResolvedValue({ name: "Ann", state: "entered" })
    enter.mockResolvedValue(ENTERED)
    const { result } = await opened()
    look.mockRejectedValue(problem(404, "not_found"))
    act(() => result.current.finish({ you: true }))
    expect(result.current.entry.step).toBe("ended")
    expect(look).toHaveBeenCalledTimes(2)
    expect(look).toHaveBeenLastCalledWith("token")
  })

  it("can be tried again when the server did not answer", async () => {
    look.mockRejectedValueOnce(problem(503, "unavailable"))
    const { result } = await opened()
    expect(result.current.entry.step).toBe("failed")
    look.mockResolvedValue({ name: "Ann", state: "new" })
    act(() => result.current.look())
    await waitFor(() => expect(result.current.entry.step).toBe("greeting"))
  })
})

describe("a chat that is over", () => {
  it("leaves nothing on this device", async () => {
    look.mockResolvedValue({ name: "Ann", state: "entered" })
    enter.mockResolvedValue(ENTERED)
    const { result } = await opened()
    localStorage.setItem(`parley.draft.${ME}.c_1`, "a draft")
    act(() => result.current.finish({ name: "Ben" }))
    expect(result.current.entry).toEqual({ step: "ended", by: { name: "Ben" } })
    expect(localStorage).toHaveLength(0)
    expect(end).toHaveBeenCalledOnce()
  })
})

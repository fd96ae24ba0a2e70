// @vitest-environment jsdom
import { act, cleanup, render, screen } from "@testing-library/react"
import userEvent from "@testing-library/user-event"
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest"
import { ConnectionBanner } from "../src/components/ConnectionBanner.tsx"
import { speak } from "../src/i18n.ts"
import * as connection from "../src/state/connection.ts"
import { useSession } from "../src/state/session.ts"
import { ME, user } from "./made.ts"

const tryNow = vi.fn()

beforeAll(() => speak("en"))

beforeEach(() => {
  connection.clear()
  tryNow.mockClear()
  // Of the client the banner needs no more than this.
  const client = { tryNow } as unknown as NonNullable<ReturnType<typeof useSession.getState>["client"]>
  useSession.setState({ kind: "account", client })
})

afterEach(cleanup)

const lost = (retry_in: number | null, code: number | null = 1006) =>
  act(() => connection.apply({ event: "disconnected", reason: "gone", retry_in, code }))

const back = () =>
  act(() => connection.apply({ event: "connected", user: user(ME), edge: "e", session: "s", online: [], more: false }))

describe("the banner", () => {
  it("tells when it is tried again, and tries at once when told to", async () => {
    render(<ConnectionBanner />)
    lost(5)
    expect(screen.getByRole("status").textContent).toContain("Trying again in 5 seconds…")
    await userEvent.click(screen.getByRole("button", { name: "Try now" }))
    expect(tryNow).toHaveBeenCalledOnce()
  })

  it("counts down without reading every second out", () => {
    render(<ConnectionBanner />)
    lost(5)
    expect(screen.getByText("Trying again in 5 seconds…").getAttribute("aria-live")).toBe("off")
  })

  it("stays while it is tried, and goes when there is a connection", () => {
    render(<ConnectionBanner />)
    lost(5)
    act(() => connection.apply({ event: "connecting", url: "ws://x" }))
    expect(screen.getByRole("status").textContent).toContain("Trying again now…")
    back()
    expect(screen.queryByRole("status")).toBeNull()
  })

  it("says that another window has taken over, and how to take it back", () => {
    render(<ConnectionBanner />)
    lost(null, connection.REPLACED)
    expect(screen.getByRole("status").textContent).toContain("another window")
    expect(screen.getByRole("button", { name: "Use it here" })).toBeTruthy()
  })

  it("keeps quiet about connecting as long as that takes no time", () => {
    render(<ConnectionBanner />)
    expect(screen.queryByRole("status")).toBeNull()
  })
})

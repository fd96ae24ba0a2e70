// @vitest-environment jsdom
import { MantineProvider } from "@mantine/core"
import { RequestFailed } from "@parley/sdk"
import { act, cleanup, fireEvent, render, screen } from "@testing-library/react"
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest"
import { speak, speakMore } from "../src/i18n.ts"
import { CodeForm } from "../src/pages/ephemeral/CodeForm.tsx"

const failed = (given: Partial<ConstructorParameters<typeof RequestFailed>[0]>) =>
  new RequestFailed({ status: 403, code: "wrong_code", message: "", retry: false, ...given })

const enter = vi.fn<(code: string) => Promise<void>>()

beforeEach(async () => {
  vi.stubGlobal("matchMedia", () => ({ matches: false, addEventListener() {}, removeEventListener() {} }))
  enter.mockReset()
  await speak("en")
  await speakMore()
  render(
    <MantineProvider>
      <CodeForm enter={enter} />
    </MantineProvider>,
  )
})

afterEach(() => {
  cleanup()
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

async function give(code: string): Promise<void> {
  fireEvent.change(screen.getByLabelText("Your code"), { target: { value: code } })
  await act(async () => fireEvent.click(screen.getByRole("button", { name: "Get in" })))
}

describe("the code of a seat", () => {
  it("is given as it was meant", async () => {
    enter.mockResolvedValue()
    await give("7k3m 9qxo")
    expect(enter).toHaveBeenCalledWith("7K3M9QX0")
  })

  it("costs no try when it cannot be one", async () => {
    await give("7K3M-9QX")
    expect(enter).not.toHaveBeenCalled()
    expect(screen.getByText(/eight letters and digits. Check/)).toBeTruthy()
  })

  it("tells how many tries are left when it is wrong", async () => {
    enter.mockRejectedValueOnce(failed({ tries_left: 4 })).mockRejectedValueOnce(failed({ tries_left: 0 }))
    await give("7K3M-9QX0")
    expect(screen.getByRole("alert").textContent).toContain("4 more tries")
    await give("7K3M-9QX1")
    expect(screen.getByRole("alert").textContent).toContain("wait longer")
  })

  it("is not taken while the seat is locked, and again afterwards", async () => {
    vi.useFakeTimers()
    enter.mockRejectedValueOnce(failed({ status: 429, code: "locked_out", retry: true, retry_after: 2 }))
    await give("7K3M-9QX0")
    expect(screen.getByRole("timer").textContent).toContain("0:02")
    expect(screen.getByRole<HTMLButtonElement>("button", { name: "Get in" }).disabled).toBe(true)

    await act(async () => vi.advanceTimersByTime(1250))
    expect(screen.getByRole("timer").textContent).toContain("0:01")
    await act(async () => vi.advanceTimersByTime(1000))
    expect(screen.getByRole("status").textContent).toContain("again now")

    enter.mockResolvedValueOnce()
    await give("7K3M-9QX2")
    expect(enter).toHaveBeenLastCalledWith("7K3M9QX2")
  })
})

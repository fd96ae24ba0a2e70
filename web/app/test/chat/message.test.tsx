// @vitest-environment jsdom
import type { Event, Message } from "@parley/sdk"
import { act, cleanup, screen } from "@testing-library/react"
import userEvent from "@testing-library/user-event"
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest"
import { Arrivals } from "../../src/chat/Arrivals.tsx"
import { MessageRow } from "../../src/chat/message/MessageRow.tsx"
import { SystemRow } from "../../src/chat/message/SystemRow.tsx"
import { type Entry, entryOf, entryOfEcho } from "../../src/chat/model/entries.ts"
import { TypingLine } from "../../src/chat/TypingLine.tsx"
import { speak } from "../../src/i18n.ts"
import { apply, clear } from "../../src/state/receipts.ts"
import * as typing from "../../src/state/typing.ts"
import { ANNA, BEN, CONVERSATION, ME, member, message, minute, sent } from "./build.ts"
import { show, stubBrowser } from "./window.tsx"

const members = [member(ME), member(ANNA, { name: "Anna" }), member(BEN, { name: "Ben" })]

function row(entry: Entry, quoted?: Message) {
  return show(<MessageRow entry={entry} first active marked={false} quoted={quoted} />, { members })
}

beforeEach(async () => {
  stubBrowser()
  clear()
  typing.clear()
  await speak("en")
})

afterEach(() => {
  cleanup()
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

describe("a message", () => {
  it("says in words how far it has come", () => {
    row(entryOf(message(5, { sender: ME }), ME))
    const receipt = (user: string, read: number) =>
      act(() => apply({ event: "receipt", conversation: CONVERSATION, user, delivered: 5, read, at: minute(1) }))
    expect(screen.getByText("Sent")).toBeTruthy()
    receipt(ANNA, 5)
    receipt(BEN, 0)
    expect(screen.getByText("Delivered")).toBeTruthy()
    receipt(BEN, 5)
    expect(screen.getByText("Read")).toBeTruthy()
  })

  it("says while it is on its way that it is, and can have nothing done to it", () => {
    row(entryOfEcho(sent("a"), ME))
    expect(screen.getByText("Sending")).toBeTruthy()
    expect(screen.queryByRole("toolbar")).toBeNull()
  })

  it("says why it was refused, and what can be done about it", async () => {
    const error = { code: "content_forbidden", message: "", retry: false, retry_after: null } as const
    const echo = sent("a", { state: "rejected", error })
    const { actions } = row(entryOfEcho(echo, ME))
    expect(screen.getByRole("alert").textContent).toContain("not allowed here")
    await userEvent.click(screen.getByRole("button", { name: "Retry" }))
    expect(actions.retry).toHaveBeenCalledWith("a")
    await userEvent.click(screen.getByRole("button", { name: "Edit" }))
    expect(actions.writeAgain).toHaveBeenCalledWith(expect.objectContaining({ text: "a", echo }))
    await userEvent.click(screen.getByRole("button", { name: "Discard" }))
    expect(actions.discard).toHaveBeenCalledWith("a")
  })

  it("shows nothing of what was deleted", () => {
    row(entryOf(message(5, { deleted_at: minute(9), reactions: { "👍": [ME] } }), ME))
    expect(screen.getByText("Message deleted")).toBeTruthy()
    expect(screen.queryByText("text 5")).toBeNull()
    expect(screen.queryByRole("list")).toBeNull()
  })

  it("says who reacted, and a click takes one's own reaction away or adds it", async () => {
    const entry = entryOf(message(5, { reactions: { "👍": [ANNA, ME] } }), ME)
    const { actions } = row(entry)
    const reaction = screen.getByRole("button", { name: "👍, 2 reactions: Anna & You. Take yours away" })
    expect(reaction.getAttribute("aria-pressed")).toBe("true")
    await userEvent.click(reaction)
    expect(actions.react).toHaveBeenCalledWith(entry, "👍")
  })

  it("leads to what it answers", async () => {
    const { actions } = row(entryOf(message(5, { reply_to: 2 }), ME), message(2, { sender: BEN }))
    await userEvent.click(screen.getByRole("button", { name: /Ben\s*text 2/ }))
    expect(actions.goTo).toHaveBeenCalledWith(2)
  })

  it("has its links open elsewhere, and never runs a script", async () => {
    row(entryOf(message(5, { text: "see https://example.org and javascript://alert(1) or ftp://example.org" }), ME))
    const links = await screen.findAllByRole("link")
    expect(links.map((link) => link.getAttribute("href"))).toEqual(["https://example.org"])
    expect(links[0]?.getAttribute("rel")).toBe("noopener noreferrer")
    expect(links[0]?.getAttribute("target")).toBe("_blank")
  })
})

describe("what happened to the group", () => {
  it("is told in sentences", () => {
    const event = { type: "added", by: ME, user: ANNA, role: null, successor: null, fields: null, name: null } as const
    show(<SystemRow event={event} at={minute(1)} />, { members })
    expect(screen.getByText("You added Anna")).toBeTruthy()
  })
})

describe("screen readers", () => {
  const text = (selector: string) => document.querySelector(selector)?.textContent

  it("are told of new messages batch by batch, and of no change of an old one", () => {
    vi.useFakeTimers()
    const told: ((event: Event) => void)[] = []
    const { client } = show(null, { members })
    vi.spyOn(Object.getPrototypeOf(client), "on").mockImplementation((listener) => {
      if (typeof listener === "function") told.push((event) => listener(event))
      return () => undefined
    })
    cleanup()
    show(<Arrivals />, { members })
    const arrive = (given: Message) => {
      for (const tell of told) tell({ event: "message", conversation: CONVERSATION, rev: given.rev, message: given })
    }
    arrive(message(1))
    act(() => vi.advanceTimersByTime(2000))
    expect(text("[data-arrivals]")).toBe("Anna: text 1")
    arrive(message(2))
    arrive(message(3, { sender: BEN }))
    arrive(message(1, { cause: "edit" }))
    arrive(message(4, { sender: ME }))
    act(() => vi.advanceTimersByTime(2000))
    expect(text("[data-arrivals]")).toBe("2 new messages from Anna and Ben")
    vi.restoreAllMocks()
  })

  it("are told that somebody types only when it lasts", () => {
    vi.useFakeTimers()
    show(<TypingLine />, { members })
    act(() => typing.apply({ event: "typing", conversation: CONVERSATION, user: ANNA, on: true }))
    expect(text("[data-typing]")).toBe("Anna is typing")
    expect(screen.getByRole("status").textContent).toBe("")
    act(() => vi.advanceTimersByTime(3000))
    expect(screen.getByRole("status").textContent).toBe("Anna is typing")
    act(() => typing.apply({ event: "typing", conversation: CONVERSATION, user: ANNA, on: false }))
    expect(screen.getByRole("status").textContent).toBe("")
  })
})

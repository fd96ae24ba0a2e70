// @vitest-environment jsdom
import { FrameTooLarge, type Media, OutboxFull, Unreachable } from "@parley/sdk"
import { act, cleanup, fireEvent, screen, waitFor } from "@testing-library/react"
import userEvent from "@testing-library/user-event"
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest"
import { Composer } from "../../src/chat/composer/Composer.tsx"
import { useUploads } from "../../src/chat/composer/useUploads.ts"
import { speak } from "../../src/i18n.ts"
import { begin, clear, saveDraft, useDrafts } from "../../src/state/drafts.ts"
import { changeSettings } from "../../src/state/settings.ts"
import { ANNA, BEN, CONVERSATION, ME, member, sent } from "./build.ts"
import { type Shown, show, stubBrowser } from "./window.tsx"

const onSent = vi.fn()
const onEditLast = vi.fn()
const onLeave = vi.fn()

function Tried() {
  const input = { current: null }
  return (
    <Composer
      input={input}
      uploads={useUploads()}
      context={undefined}
      onSent={onSent}
      onEditLast={onEditLast}
      onLeave={onLeave}
    />
  )
}

let shown: Shown
const group = { members: [member(ME), member(ANNA), member(BEN, { name: "Benedikt" })] }
const input = () => screen.getByLabelText<HTMLTextAreaElement>("Write a message")
const draft = () => useDrafts.getState().byConversation[CONVERSATION]

beforeEach(async () => {
  stubBrowser()
  localStorage.clear()
  clear()
  begin(ME)
  changeSettings({ enter: "send" })
  vi.clearAllMocks()
  await speak("en")
  shown = show(<Tried />, group)
  vi.spyOn(shown.client, "submit").mockImplementation(() => sent("a"))
  vi.spyOn(shown.client, "edit").mockImplementation(() => sent("e"))
})

afterEach(() => {
  cleanup()
  vi.unstubAllGlobals()
})

describe("the keyboard in the composer", () => {
  it("sends by Enter and makes a new line by Shift+Enter", async () => {
    await userEvent.type(input(), "one{Shift>}{Enter}{/Shift}two{Enter}")
    expect(shown.client.submit).toHaveBeenCalledWith(CONVERSATION, { text: "one\ntwo", mentions: [] })
    expect(input().value).toBe("")
    expect(onSent).toHaveBeenCalledOnce()
  })

  it("makes a new line by Enter where that is wanted, and sends by Ctrl+Enter", async () => {
    changeSettings({ enter: "newline" })
    await userEvent.type(input(), "one{Enter}two")
    expect(shown.client.submit).not.toHaveBeenCalled()
    await userEvent.type(input(), "{Control>}{Enter}{/Control}")
    expect(shown.client.submit).toHaveBeenCalledWith(CONVERSATION, { text: "one\ntwo", mentions: [] })
  })

  it("sends nothing that is empty", async () => {
    await userEvent.type(input(), "   {Enter}")
    expect(shown.client.submit).not.toHaveBeenCalled()
  })

  it("edits the last message by the arrow up, only while nothing is written", async () => {
    await userEvent.type(input(), "{ArrowUp}")
    expect(onEditLast).toHaveBeenCalledOnce()
    await userEvent.type(input(), "x{ArrowUp}")
    expect(onEditLast).toHaveBeenCalledOnce()
  })

  it("is left by Esc, and the draft stays", async () => {
    await userEvent.type(input(), "half a{Escape}")
    expect(onLeave).toHaveBeenCalledOnce()
    expect(draft()).toEqual({ text: "half a" })
  })
})

describe("mentions", () => {
  it("are offered, chosen by the keyboard, and sent", async () => {
    await userEvent.type(input(), "ask @")
    expect(screen.getAllByRole("option").map((option) => option.textContent)).toHaveLength(2)
    await userEvent.type(input(), "bene{Enter}")
    await waitFor(() => expect(input().value).toBe("ask @ben "))
    expect(screen.queryByRole("listbox")).toBeNull()
    await userEvent.type(input(), "now{Enter}")
    expect(shown.client.submit).toHaveBeenCalledWith(CONVERSATION, { text: "ask @ben now", mentions: [BEN] })
  })

  it("are declined by Esc, which then does nothing else", async () => {
    await userEvent.type(input(), "@an{Escape}")
    expect(screen.queryByRole("listbox")).toBeNull()
    expect(onLeave).not.toHaveBeenCalled()
  })
})

describe("editing and answering", () => {
  it("edits, and brings back what was being written before", async () => {
    act(() => saveDraft(CONVERSATION, { text: "old", edits: { seq: 7, before: "half a" } }))
    await userEvent.type(input(), "er{Enter}")
    expect(shown.client.edit).toHaveBeenCalledWith(CONVERSATION, 7, "older")
    expect(input().value).toBe("half a")
  })

  it("answers the message it was asked to", async () => {
    act(() => saveDraft(CONVERSATION, { text: "yes", reply_to: 3 }))
    await userEvent.type(input(), "{Enter}")
    expect(shown.client.submit).toHaveBeenCalledWith(CONVERSATION, { text: "yes", reply_to: 3, mentions: [] })
    expect(draft()).toBeUndefined()
  })
})

describe("what is not taken", () => {
  it("stays in the composer, and it is said why", async () => {
    vi.mocked(shown.client.submit).mockImplementationOnce(() => {
      throw new OutboxFull("full")
    })
    await userEvent.type(input(), "hello{Enter}")
    expect(screen.getByText(/Too much is waiting/)).toBeTruthy()
    expect(input().value).toBe("hello")
    vi.mocked(shown.client.submit).mockImplementationOnce(() => {
      throw new FrameTooLarge("large")
    })
    await userEvent.type(input(), "{Enter}")
    expect(screen.getByText(/too long/)).toBeTruthy()
  })

  it("is counted before it is sent", () => {
    fireEvent.change(input(), { target: { value: "x".repeat(16_002) } })
    expect(screen.getByText("2 characters too long")).toBeTruthy()
    expect(screen.getByRole<HTMLButtonElement>("button", { name: "Send" }).disabled).toBe(true)
  })
})

describe("files", () => {
  const file = (name: string, size = 3) => new File([new Uint8Array(size)], name, { type: "text/plain" })
  const media = (id: string): Media => ({
    id,
    uploader: ME,
    name: id,
    type: "text/plain",
    size: 3,
    width: null,
    height: null,
    thumbnail: null,
    created_at: "",
  })
  const choose = (...files: File[]) => {
    const chooser = document.querySelector<HTMLInputElement>("input[type=file]")
    if (chooser !== null) fireEvent.change(chooser, { target: { files } })
  }

  it("are uploaded while one writes, and sent when they are there", async () => {
    let arrive = (_media: Media) => {}
    vi.spyOn(shown.rest, "upload").mockImplementation(() => new Promise((resolve) => (arrive = resolve)))
    choose(file("a.txt"))
    const send = screen.getByRole<HTMLButtonElement>("button", { name: "Send" })
    await act(async () => arrive(media("m_1")))
    await userEvent.click(send)
    expect(shown.client.submit).toHaveBeenCalledWith(CONVERSATION, { media: ["m_1"], mentions: [] })
    expect(screen.queryByText("a.txt")).toBeNull()
  })

  it("go with what was sent before they were there", async () => {
    let arrive = (_media: Media) => {}
    vi.spyOn(shown.rest, "upload").mockImplementation(() => new Promise((resolve) => (arrive = resolve)))
    choose(file("a.txt"))
    await userEvent.type(input(), "look{Enter}")
    expect(screen.getByText("It is sent as soon as the files are uploaded.")).toBeTruthy()
    expect(shown.client.submit).not.toHaveBeenCalled()
    await act(async () => arrive(media("m_1")))
    expect(shown.client.submit).toHaveBeenCalledExactlyOnceWith(CONVERSATION, {
      text: "look",
      media: ["m_1"],
      mentions: [],
    })
    expect(input().value).toBe("")
  })

  it("do not go by themselves when one has written on", async () => {
    let arrive = (_media: Media) => {}
    vi.spyOn(shown.rest, "upload").mockImplementation(() => new Promise((resolve) => (arrive = resolve)))
    choose(file("a.txt"))
    await userEvent.type(input(), "look{Enter}!")
    expect(screen.getByText("Files are still being uploaded.")).toBeTruthy()
    await act(async () => arrive(media("m_1")))
    expect(shown.client.submit).not.toHaveBeenCalled()
    await userEvent.type(input(), "{Enter}")
    expect(shown.client.submit).toHaveBeenCalledOnce()
  })

  it("keep back what was sent before they were there when one of them fails", async () => {
    let fail = (_error: Error) => {}
    vi.spyOn(shown.rest, "upload").mockImplementation(() => new Promise((_resolve, reject) => (fail = reject)))
    choose(file("a.txt"))
    await userEvent.type(input(), "look{Enter}")
    await act(async () => fail(new Unreachable("away")))
    await userEvent.click(screen.getByRole("button", { name: "Remove a.txt" }))
    expect(shown.client.submit).not.toHaveBeenCalled()
    expect(input().value).toBe("look")
  })

  it("are tried again after a failure, and can be taken out", async () => {
    const upload = vi.spyOn(shown.rest, "upload").mockRejectedValue(new Unreachable("away"))
    await act(async () => choose(file("a.txt")))
    expect(screen.getByText(/Not uploaded: The server cannot be reached/)).toBeTruthy()
    await userEvent.click(screen.getByRole("button", { name: "Try to upload a.txt again" }))
    expect(upload).toHaveBeenCalledTimes(2)
    await userEvent.click(screen.getByRole("button", { name: "Remove a.txt" }))
    expect(screen.queryByText("a.txt")).toBeNull()
  })

  it("are cancelled while they are under way", async () => {
    let signal: AbortSignal | undefined
    vi.spyOn(shown.rest, "upload").mockImplementation((_file, how) => {
      signal = how?.signal
      return new Promise(() => undefined)
    })
    choose(file("a.txt"))
    await userEvent.click(screen.getByRole("button", { name: "Cancel the upload of a.txt" }))
    expect(signal?.aborted).toBe(true)
  })

  it("are refused before anything is sent when they are empty or too many", () => {
    vi.spyOn(shown.rest, "upload").mockImplementation(() => new Promise(() => undefined))
    choose(file("empty.txt", 0))
    expect(screen.getByText("empty.txt is empty.")).toBeTruthy()
    choose(...Array.from({ length: 12 }, (_, index) => file(`${index}.txt`)))
    expect(screen.getByText(/up to 10 files/)).toBeTruthy()
    expect(screen.getAllByRole("listitem")).toHaveLength(10)
  })
})

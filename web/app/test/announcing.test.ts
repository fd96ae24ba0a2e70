import { describe, expect, it } from "vitest"
import { announce, type News, readNews, readTold, type Told } from "../src/notifications/announcing.ts"

const SETTINGS = { hide: false, language: "en" } as const
const PUSH = {
  type: "message",
  id: "c_1.7",
  conversation: "c_1",
  kind: "direct",
  name: null,
  sender: { id: "u_2", name: "Ben" },
  mentioned: false,
  sent_at: "2026-11-21T21:00:00.000Z",
  tag: "t",
  url: "https://chat.example/chats/c_1",
}

function news(change: Partial<News> = {}): News {
  const read = readNews(PUSH)
  if (read === null) throw new Error("not read")
  return { ...read, ...change }
}

const told = (seq: number, count: number): Told => ({ conversation: "c_1", kind: "direct", seq, count })

describe("a push", () => {
  it("is read as the server sends it", () => {
    expect(news()).toEqual({
      id: "c_1.7",
      conversation: "c_1",
      kind: "direct",
      name: null,
      sender: { name: "Ben" },
      mentioned: false,
      text: null,
    })
  })

  it.each([null, "text", {}, { ...PUSH, type: "other" }, { ...PUSH, kind: "room" }, { ...PUSH, sender: null }])(
    "of another kind is left alone: %j",
    (payload) => expect(readNews(payload)).toBeNull(),
  )
})

describe("a notification", () => {
  it("says who wrote, and what when the server tells", () => {
    expect(announce(news(), null, SETTINGS)).toMatchObject({ title: "Ben", body: "Sent you a message" })
    expect(announce(news({ text: "Tea?" }), null, SETTINGS)).toMatchObject({ title: "Ben", body: "Tea?" })
    expect(announce(news({ mentioned: true }), null, SETTINGS)).toMatchObject({ body: "Mentioned you" })
  })

  it("says in which group", () => {
    expect(announce(news({ kind: "group", name: "Tea $& cake" }), null, SETTINGS)?.title).toBe("Ben in Tea $& cake")
  })

  it("is one for each chat, and counts", () => {
    expect(announce(news(), told(6, 1), SETTINGS)).toMatchObject({ body: "2 new messages", data: told(7, 2) })
  })

  it("is not shown again for what it told of before", () => {
    expect(announce(news(), told(7, 1), SETTINGS)).toBeNull()
    expect(announce(news(), told(8, 2), SETTINGS)).toBeNull()
  })

  it("keeps names and texts to itself where that is wished", () => {
    const hidden = announce(news({ kind: "group", name: "Tea", text: "secret" }), null, { ...SETTINGS, hide: true })
    expect(hidden).toMatchObject({ title: "Parley", body: "New message" })
    expect(JSON.stringify(hidden)).not.toMatch(/Ben|Tea|secret/)
  })

  it("never has what is said in an ephemeral chat", () => {
    const shown = announce(news({ kind: "ephemeral", text: "secret" }), null, SETTINGS)
    expect(JSON.stringify(shown)).not.toMatch(/Ben|secret/)
  })

  it("speaks the language of the app", () => {
    expect(announce(news(), told(6, 2), { hide: false, language: "de" })?.body).toBe("3 neue Nachrichten")
  })

  it("remembers what it told", () => {
    expect(readTold(announce(news(), null, SETTINGS)?.data)).toEqual(told(7, 1))
    expect(readTold(undefined)).toBeNull()
    expect(readTold({ conversation: "c_1" })).toBeNull()
  })
})

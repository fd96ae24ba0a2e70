import { afterEach, beforeEach, expect, test, vi } from "vitest"
import { RequestFailed, Unreachable } from "../src/errors.ts"
import { json, problem, Server, summary } from "./fakes.ts"
import { message } from "./messages.ts"

beforeEach(() => void vi.useFakeTimers())
afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

test("a problem is what the server says of it", async () => {
  const server = new Server()
  const errors = [{ field: "username", message: "too long" }]
  server.routes["POST /api/users"] = () => problem(400, "invalid_frame", { errors })
  const registering = server.rest().register({ username: "x", password: "y" })
  await expect(registering).rejects.toMatchObject({ status: 400, code: "invalid_frame", fields: errors, retry: false })
})

test("an answer of something in between is told by its status", async () => {
  const server = new Server()
  server.routes["GET /api/users/u_1"] = () =>
    new Response("<h1>502</h1>", { status: 502, headers: { "retry-after": "3" } })
  const asking = server.rest().user("u_1")
  await expect(asking).rejects.toMatchObject({ status: 502, code: "unavailable", retry: true, retry_after: 3 })
  server.routes["GET /api/users/u_1"] = () => new Response("<h1>200</h1>", { status: 200 })
  await expect(server.rest().user("u_1")).rejects.toBeInstanceOf(Unreachable)
})

test("no answer is no failure of the server", async () => {
  const server = new Server()
  server.routes["GET /api/users/u_1"] = () => {
    throw new TypeError("Failed to fetch")
  }
  await expect(server.rest().user("u_1")).rejects.toBeInstanceOf(Unreachable)
})

test("what the server leaves out is filled in", async () => {
  const server = new Server()
  const bare = { conversation: "c_1", epoch: "e", seq: 1, rev: 1, sender: "u", client_id: "m", sent_at: "2026" }
  server.routes["GET /api/conversations/c_1/messages"] = () =>
    json({ conversation: "c_1", messages: [bare], more: false })
  server.routes["GET /api/conversations/c_1"] = () => json(summary("c_1", 1, { last_message: bare }))
  const { messages, more } = await server.rest().history("c_1", { limit: 10 })
  expect(more).toBe(false)
  expect(messages).toEqual([{ ...message(1), ...bare, text: null }])
  const found = await server.rest().conversation("c_1")
  expect(found).toMatchObject({ name: null, muted_until: null, unread: 0, last_message: { reactions: {}, media: [] } })
})

test("a command is asked again under one key until it is done", async () => {
  const server = new Server()
  const keys = new Set<string | null>()
  const answers = [
    () => json({ client_id: "k", conversation: "c_1" }, 202),
    () => problem(504, "unknown_outcome", { retry: true }),
    () => json({ ...summary("c_1", 1), messages: [], more: false }, 201),
  ]
  server.routes["POST /api/conversations"] = ({ headers }) => {
    keys.add(headers.get("idempotency-key"))
    return answers.shift()?.() ?? problem(500, "internal")
  }
  const made = server.rest().group({ name: "Friends", members: ["u_2"] })
  await vi.advanceTimersByTimeAsync(10_000)
  expect(await made).toMatchObject({ id: "c_1", messages: [], more: false })
  expect(keys.size).toBe(1)
})

test("a command that is refused is not asked again, and one that stays open is said to be", async () => {
  const server = new Server()
  server.routes["POST /api/conversations/c_1/join"] = () => problem(403, "wrong_password")
  await expect(server.rest().join("c_1", "x")).rejects.toMatchObject({ code: "wrong_password" })
  expect(server.requests.length).toBe(1)
  server.routes["POST /api/conversations/c_1/leave"] = () => json({ client_id: "k", conversation: "c_1" }, 202)
  const leaving = expect(server.rest().leave("c_1")).rejects.toMatchObject({ code: "unknown_outcome", retry: true })
  await vi.advanceTimersByTimeAsync(30_000)
  await leaving
})

test("ids and names stand in paths as they are meant", async () => {
  const server = new Server()
  server.routes["GET /api/chats/seats/a%2Fb"] = () => json({ name: "Ann", state: "new" })
  expect(await server.rest().seat("a/b")).toEqual({ name: "Ann", state: "new" })
})

test("files come as they are, under the token", async () => {
  const server = new Server()
  const rest = server.rest()
  rest.token = "t"
  server.routes["GET /api/media/m_1"] = ({ headers }) => new Response(`by ${headers.get("authorization")}`)
  expect(await (await rest.media("m_1")).text()).toBe("by Bearer t")
  await expect(rest.thumbnail("m_1")).rejects.toMatchObject({ code: "not_found" })
  server.routes["DELETE /api/push/subscriptions"] = () => new Response(null, { status: 204 })
  expect(await rest.unsubscribePush("https://push.test/1")).toBe(undefined)
})

/** An upload, seen from the network. */
class FakeUpload {
  static last: FakeUpload
  readonly upload: { onprogress?: (event: object) => void } = {}
  readonly headers: Record<string, string> = {}
  opened = ""
  status = 0
  response: unknown = null
  retryAfter: string | null = null
  onload?: () => void
  onerror?: () => void
  onabort?: () => void

  constructor() {
    FakeUpload.last = this
  }

  open(method: string, url: string): void {
    this.opened = `${method} ${url}`
  }

  setRequestHeader(name: string, value: string): void {
    this.headers[name] = value
  }

  getResponseHeader(): string | null {
    return this.retryAfter
  }

  send(): void {}

  abort(): void {
    this.onabort?.()
  }

  answers(status: number, response: unknown): void {
    this.status = status
    this.response = response
    this.onload?.()
  }
}

test("an upload tells how far it is, and what became of it", async () => {
  vi.stubGlobal("XMLHttpRequest", FakeUpload)
  const rest = new Server().rest()
  rest.token = "t"
  const shares: number[] = []
  const uploading = rest.upload(new File(["x"], "x.png"), { onProgress: (share) => shares.push(share) })
  expect([FakeUpload.last.opened, FakeUpload.last.headers.Authorization]).toEqual([
    "POST http://parley.test/api/media",
    "Bearer t",
  ])
  FakeUpload.last.upload.onprogress?.({ lengthComputable: true, loaded: 1, total: 4 })
  FakeUpload.last.answers(201, { id: "f_1" })
  expect(await uploading).toEqual({ id: "f_1" })
  expect(shares).toEqual([0.25])
})

test("an upload can be stopped, be refused, and break off", async () => {
  vi.stubGlobal("XMLHttpRequest", FakeUpload)
  const rest = new Server().rest()
  const file = new File(["x"], "x.png")
  const stopping = new AbortController()
  const stopped = expect(rest.upload(file, { signal: stopping.signal })).rejects.toThrow("enough")
  stopping.abort(new Error("enough"))
  await stopped
  const refused = expect(rest.upload(file)).rejects.toMatchObject({ code: "too_large" })
  FakeUpload.last.answers(413, { code: "too_large", detail: "", retry: false })
  await refused
  const broken = expect(rest.upload(file)).rejects.toBeInstanceOf(Unreachable)
  FakeUpload.last.onerror?.()
  await broken
})

test("an upload whose token has expired goes again under another", async () => {
  vi.stubGlobal("XMLHttpRequest", FakeUpload)
  const rest = new Server().rest()
  rest.token = "old"
  rest.renew = async () => {
    rest.token = "new"
  }
  const uploading = rest.upload(new File(["x"], "x.png"))
  FakeUpload.last.answers(401, { code: "token_expired", detail: "", retry: false })
  await vi.waitFor(() => expect(FakeUpload.last.headers.Authorization).toBe("Bearer new"))
  FakeUpload.last.answers(201, { id: "f_1" })
  expect(await uploading).toEqual({ id: "f_1" })
})

test("errors carry what they are", () => {
  const failed = new RequestFailed({ status: 409, code: "conflict", message: "taken", retry: false })
  expect([failed.message, failed.name, failed instanceof Error, failed.retry_after]).toEqual([
    "taken",
    "RequestFailed",
    true,
    undefined,
  ])
})

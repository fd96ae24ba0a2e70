import { afterEach, beforeEach, expect, test, vi } from "vitest"
import { RequestFailed, Unreachable } from "../src/errors.ts"
import { AccountSession } from "../src/sessions/account.ts"
import { SeatSession } from "../src/sessions/seat.ts"
import { Origin } from "./fake-locks.ts"
import { type Json, json, problem, Server, USER } from "./fakes.ts"

beforeEach(() => void vi.useFakeTimers())
afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

const soon = (seconds = 0) => vi.advanceTimersByTimeAsync(seconds * 1000)

/** As the server does it: each refresh token works once, and a second use ends the sign-in. */
class Accounts extends Server {
  cookie = "r1"
  issued = 1
  over = false
  user: Json = { ...USER }
  /** How long an answer takes. */
  delay = 0

  constructor() {
    super()
    this.routes["POST /api/login"] = () => this.signedIn()
    this.routes["POST /api/logout"] = () => new Response(null, { status: 204 })
    this.routes["POST /api/refresh"] = () => this.refresh()
  }

  private async refresh(): Promise<Response> {
    const brought = this.cookie
    await this.pass()
    if (brought !== `r${this.issued}`) this.over = true
    if (this.over) return problem(401, "unauthenticated")
    this.issued += 1
    const answer = this.signedIn()
    await this.pass()
    this.cookie = `r${this.issued}`
    return answer
  }

  private async pass(): Promise<void> {
    if (this.delay > 0) await new Promise((resolve) => setTimeout(resolve, this.delay))
  }

  private signedIn(): Response {
    return json({ access_token: `a${this.issued}`, expires_in: 900, user: this.user })
  }
}

async function signedIn(server: Accounts): Promise<AccountSession> {
  return AccountSession.login(server.rest(), { username: "alice", password: "secret" })
}

test("signs in, and renews before the token expires", async () => {
  const server = new Accounts()
  const session = await signedIn(server)
  expect([session.token(), session.rest.token, session.user]).toEqual(["a1", "a1", USER])
  const next = session.nextToken()
  await soon(674)
  expect(session.token()).toBe("a1")
  await soon(2)
  expect(await next).toBe("a2")
  expect(session.rest.token).toBe("a2")
})

test("a wrong password says so", async () => {
  const server = new Accounts()
  server.routes["POST /api/login"] = () => problem(403, "wrong_password")
  await expect(signedIn(server)).rejects.toMatchObject({ code: "wrong_password", status: 403 })
})

test("goes on asking for a token while there is no answer", async () => {
  const server = new Accounts()
  const session = await signedIn(server)
  const refresh = server.routes["POST /api/refresh"]
  server.routes["POST /api/refresh"] = () => {
    throw new TypeError("Failed to fetch")
  }
  const next = session.nextToken()
  await soon(700)
  if (refresh !== undefined) server.routes["POST /api/refresh"] = refresh
  await soon(60)
  expect(await next).toBe("a2")
})

test("says when there will be no other token, and stops when it is told to", async () => {
  const server = new Accounts()
  const session = await signedIn(server)
  server.over = true
  const next = expect(session.nextToken()).rejects.toMatchObject({ status: 401 })
  await soon(700)
  await next
  const stopping = new AbortController()
  const stopped = expect(session.nextToken(stopping.signal)).rejects.toThrow("enough")
  stopping.abort(new Error("enough"))
  await stopped
})

test("resumes by the cookie, or has nothing to resume", async () => {
  const server = new Accounts()
  const session = await AccountSession.resume(server.rest())
  expect(session?.token()).toBe("a2")
  server.over = true
  expect(await AccountSession.resume(server.rest())).toBe(null)
  server.routes["POST /api/refresh"] = () => problem(503, "unavailable", { retry: true })
  await expect(AccountSession.resume(server.rest())).rejects.toBeInstanceOf(RequestFailed)
})

test("many renewals of one token are one", async () => {
  const server = new Accounts()
  const session = await signedIn(server)
  server.delay = 10
  const renewals = Array.from({ length: 5 }, () => session.renew("a1"))
  await soon(1)
  await Promise.all(renewals)
  expect(server.requests.filter((route) => route === "POST /api/refresh").length).toBe(1)
  await session.renew("a1")
  expect(session.token()).toBe("a2")
})

test("tabs refresh one after another", async () => {
  const server = new Accounts()
  const origin = new Origin()
  server.delay = 50
  const sessions: Promise<AccountSession | null>[] = []
  for (let tabs = 0; tabs < 6; tabs += 1) {
    vi.stubGlobal("navigator", { locks: origin.tab().locks })
    sessions.push(AccountSession.resume(server.rest()))
  }
  await soon(10)
  expect((await Promise.all(sessions)).map((session) => session?.token())).toEqual(["a2", "a3", "a4", "a5", "a6", "a7"])
  expect(server.over).toBe(false)
})

test("a page that is reloaded in the middle of a refresh waits for the answer that is on its way", async () => {
  const kept = new Map<string, string>()
  vi.stubGlobal("localStorage", {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => kept.set(key, value),
    removeItem: (key: string) => kept.delete(key),
  })
  const server = new Accounts()
  const origin = new Origin()
  server.delay = 200
  const first = origin.tab()
  vi.stubGlobal("navigator", { locks: first.locks })
  void AccountSession.resume(server.rest())
  await soon(0.1)
  first.goes()
  vi.stubGlobal("navigator", { locks: origin.tab().locks })
  const second = AccountSession.resume(server.rest())
  await soon(5)
  expect((await second)?.token()).toBe("a3")
  expect(kept.size).toBe(0)
})

test("the sign-in of somebody else in this browser is not one's own", async () => {
  const server = new Accounts()
  const session = await signedIn(server)
  server.user = { ...USER, id: "u_2" }
  await expect(session.renew("a1")).rejects.toMatchObject({ status: 401 })
  expect([session.token(), session.rest.token]).toEqual(["a1", "a1"])
})

test("logs out", async () => {
  const server = new Accounts()
  const session = await signedIn(server)
  await session.logout()
  expect(session.rest.token).toBe(null)
  expect(server.requests).toContain("POST /api/logout")
})

test("a request whose token has expired is asked again under another", async () => {
  const server = new Accounts()
  const session = await signedIn(server)
  const tokens: unknown[] = []
  server.routes["PUT /api/users/u_1"] = async (request) => {
    tokens.push([request.headers.get("authorization"), await request.json()])
    return tokens.length === 1 ? problem(401, "token_expired") : json({ ...USER, name: "Al" })
  }
  expect((await session.rest.changeProfile("u_1", { name: "Al" })).name).toBe("Al")
  expect(tokens).toEqual([
    ["Bearer a1", { name: "Al" }],
    ["Bearer a2", { name: "Al" }],
  ])
})

const ENTERED = {
  access_token: "s1",
  expires_in: 1000,
  conversation: "c_1",
  user: { ...USER },
  peer: { ...USER, id: "u_2" },
}

test("takes a seat, and needs no code again", async () => {
  const server = new Server()
  const bodies: unknown[] = []
  server.routes["POST /api/chats/seats/tok/enter"] = async (request) => {
    bodies.push(await request.json())
    return json({ ...ENTERED, access_token: `s${bodies.length}` })
  }
  const session = await SeatSession.enter(server.rest(), "tok", { code: "ABCD" })
  expect([session.conversation, session.peer.id, session.rest.token]).toEqual(["c_1", "u_2", "s1"])
  await session.renew("s1")
  await session.renew("s1")
  expect([session.token(), session.rest.token, bodies.length]).toEqual(["s2", "s2", 2])
})

test("a wrong code says how many tries are left, a lock how long it holds", async () => {
  const server = new Server()
  server.routes["POST /api/chats/seats/tok/enter"] = () => problem(403, "wrong_code", { tries_left: 3 })
  await expect(SeatSession.enter(server.rest(), "tok", { code: "X" })).rejects.toMatchObject({ tries_left: 3 })
  server.routes["POST /api/chats/seats/tok/enter"] = () =>
    problem(429, "locked_out", { retry: true }, { "retry-after": "8" })
  await expect(SeatSession.enter(server.rest(), "tok")).rejects.toMatchObject({ retry_after: 8, retry: true })
  server.routes["POST /api/chats/seats/tok/enter"] = () => {
    throw new TypeError("Failed to fetch")
  }
  await expect(SeatSession.enter(server.rest(), "tok")).rejects.toBeInstanceOf(Unreachable)
})

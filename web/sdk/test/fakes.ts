/** A server that says what a test makes it say: sockets and requests in memory. */
import { Client, type ClientOptions } from "../src/client/client.ts"
import type { Event } from "../src/events.ts"
import { Rest } from "../src/rest/rest.ts"
import type { Session } from "../src/sessions/session.ts"
import type { Message, User } from "../src/wire.ts"
import { AT } from "./messages.ts"
import { seeded } from "./seeded.ts"

export type Json = Record<string, unknown>

export const USER: User = { id: "u_1", username: "alice", name: null, lastname: null, picture: null, created_at: AT }

export function summary(id = "c_1", rev = 0, more: Json = {}): Json {
  const numbers = { epoch: "e1", seq: rev, rev, member_count: 2 }
  return { id, kind: "direct", ...numbers, members: [], created_at: AT, updated_at: AT, ...more }
}

/** One socket, seen from the server. */
export class Peer {
  readonly heard: Json[] = []
  closed = false
  readyState = 0
  bufferedAmount = 0
  readonly OPEN = 1
  onopen: (() => void) | null = null
  onmessage: ((event: { data: unknown }) => void) | null = null
  onclose: ((event: { code: number; reason: string }) => void) | null = null
  onHeard: (frame: Json) => void = () => undefined

  constructor(readonly url: string) {}

  open(): void {
    this.readyState = 1
    this.onopen?.()
  }

  say(...frames: (Json | Message)[]): void {
    for (const frame of frames) this.onmessage?.({ data: JSON.stringify(frame) })
  }

  welcome(...conversations: Json[]): void {
    this.say({ type: "connected", session: "s_1", edge: "edge-1", user: { ...USER }, conversations, more: false })
  }

  /** The socket ends; 1006: it breaks. */
  end(code: number, reason = ""): void {
    this.readyState = 3
    this.onclose?.({ code, reason })
  }

  send(data: string): void {
    const frame: Json = JSON.parse(data)
    this.heard.push(frame)
    this.onHeard(frame)
  }

  close(): void {
    this.closed = true
  }

  /** What was heard of one type. */
  all(type: string): Json[] {
    return this.heard.filter((frame) => frame.type === type)
  }
}

/** Answers requests by `METHOD /path`; counts them. */
export class Server {
  readonly peers: Peer[] = []
  readonly requests: string[] = []
  readonly routes: Record<string, (request: Request) => Response | Promise<Response>> = {
    "GET /api/connect": () => json({ urls: ["ws://one/ws", "ws://two/ws"], heartbeat_seconds: 25 }),
  }

  get WebSocket(): typeof WebSocket {
    const { peers } = this
    function Socket(url: string): Peer {
      const peer = new Peer(url)
      peers.push(peer)
      return peer
    }
    return Socket as unknown as typeof WebSocket
  }

  readonly fetch: typeof fetch = async (input, init) => {
    const request = input instanceof Request ? input : new Request(input, init)
    const route = `${request.method} ${new URL(request.url).pathname}`
    this.requests.push(route)
    const found = this.routes[route]
    return found === undefined ? problem(404, "not_found") : found(request)
  }

  rest(): Rest {
    return new Rest({ baseUrl: "http://parley.test", fetch: this.fetch })
  }

  get peer(): Peer {
    const last = this.peers.at(-1)
    if (last === undefined) throw new Error("nobody has come")
    return last
  }
}

export function json(body: unknown, status = 200): Response {
  return new Response(JSON.stringify(body), { status, headers: { "content-type": "application/json" } })
}

export function problem(status: number, code: string, more: Json = {}, headers: Record<string, string> = {}): Response {
  const body = { type: "about:blank", title: code, status, detail: code, code, retry: false, ...more }
  return new Response(JSON.stringify(body), {
    status,
    headers: { "content-type": "application/problem+json", ...headers },
  })
}

/** A session whose tokens are numbered. */
export class FakeSession implements Session {
  readonly user = USER
  refusal: Error | null = null
  private number = 1
  private due: (() => void) | null = null
  private failing: ((error: Error) => void) | null = null

  constructor(
    readonly rest: Rest,
    readonly conversation: string = "",
  ) {}

  token(): string {
    return `token-${this.number}`
  }

  async renew(spent: string): Promise<void> {
    if (this.refusal !== null) throw this.refusal
    if (spent === this.token()) this.number += 1
  }

  nextToken(signal?: AbortSignal): Promise<string> {
    return new Promise((resolve, reject) => {
      this.due = () => resolve(this.token())
      this.failing = reject
      signal?.addEventListener("abort", () => reject(signal.reason))
    })
  }

  /** A new token is there. */
  turn(): void {
    this.number += 1
    this.due?.()
  }

  fail(error: Error): void {
    this.failing?.(error)
  }
}

/** A client, its server and what it told. */
export class Stage {
  readonly server = new Server()
  readonly session: FakeSession
  readonly client: Client
  readonly told: Event[] = []

  constructor(options: Partial<ClientOptions> = {}, conversation?: string) {
    this.session = new FakeSession(this.server.rest(), conversation)
    const given = {
      session: this.session,
      device: "d",
      random: seeded(1),
      WebSocket: this.server.WebSocket,
      ...options,
    }
    this.client = new Client(given)
    this.client.on((event) => this.told.push(event))
  }

  events(name: Event["event"]): Event[] {
    return this.told.filter((event) => event.event === name)
  }

  get last(): Event | undefined {
    return this.told.at(-1)
  }
}

/** The REST interface: one method for each route that a chat client needs. */
import createClient, { type Client } from "openapi-fetch"
import { readList, readMessage, readSummary, readUser } from "../core/reading.ts"
import { BadFrame } from "../errors.ts"
import type { components, paths } from "../generated/rest.ts"
import type {
  ConversationPage,
  Entered,
  HitPage,
  Media,
  Message,
  MessagePage,
  OpenedConversation,
  Preferences,
  Profile,
  RecipientReceipt,
  Role,
  SeatView,
  SignedIn,
  SignIn,
  StartedChat,
  Summary,
  UserPage,
  WhereToConnect,
} from "../wire.ts"
import { outcome } from "./commanding.ts"
import { answer, answered, limited, type Signer, signed, transferring } from "./transport.ts"
import { type Upload, upload } from "./uploading.ts"

type Bodies = components["schemas"]

export interface RestOptions {
  /** The app's address without `/api`; "" (the default) is the page's own origin. */
  baseUrl?: string
  fetch?: typeof fetch
}

/** Which messages: at most one place, else the newest. */
export interface Place {
  before?: number
  after?: number
  around?: number
  limit?: number
}

/**
 * One user's requests. Every method throws Unreachable when there is no answer in time, and RequestFailed when the
 * answer is an error. Commands (groups, members, blocking, ends) are asked again under one key until their outcome is
 * known, and so done once.
 */
export class Rest implements Signer {
  /** The access token; sessions set it. */
  token: string | null = null
  /** How to get another token when one has expired; sessions set it. */
  renew: ((spent: string) => Promise<void>) | null = null
  private readonly baseUrl: string
  private readonly entering: Client<paths>
  private readonly api: Client<paths>
  private readonly files: Client<paths>

  constructor({ baseUrl = "", fetch = globalThis.fetch.bind(globalThis) }: RestOptions = {}) {
    this.baseUrl = baseUrl.replace(/\/$/, "")
    const options = { baseUrl: this.baseUrl, credentials: "same-origin" } as const
    this.entering = createClient<paths>({ ...options, fetch: limited(fetch) })
    this.api = createClient<paths>({ ...options, fetch: signed(fetch, this) })
    this.files = createClient<paths>({ ...options, fetch: transferring(fetch, this) })
  }

  // Accounts and sign-ins.

  register(account: Bodies["Registration"]): Promise<Profile> {
    return answer(this.entering.POST("/api/users", { body: account }))
  }

  login(credentials: Bodies["Credentials"]): Promise<SignedIn> {
    return answer(this.entering.POST("/api/login", { body: credentials }))
  }

  /** A new access token for the refresh cookie, which is exchanged too: one tab at a time, see AccountSession. */
  refresh(): Promise<SignedIn> {
    return answer(this.entering.POST("/api/refresh", { keepalive: true }))
  }

  logout(): Promise<void> {
    return done(this.entering.POST("/api/logout", { keepalive: true }))
  }

  async signIns(): Promise<SignIn[]> {
    return (await answer(this.api.GET("/api/sessions"))).sessions
  }

  revokeSignIn(id: string): Promise<void> {
    return done(this.api.DELETE("/api/sessions/{id}", at({ id })))
  }

  // People.

  users({ q, cursor }: { q?: string; cursor?: string } = {}): Promise<UserPage> {
    return answer(this.api.GET("/api/users", { params: { query: given({ q, cursor }) } }))
  }

  activeUsers(cursor?: string): Promise<UserPage> {
    return answer(this.api.GET("/api/users/active", { params: { query: given({ cursor }) } }))
  }

  user(id: string): Promise<Profile> {
    return answer(this.api.GET("/api/users/{id}", at({ id })))
  }

  /** Changes what is named; null removes. */
  changeProfile(id: string, change: Bodies["ProfileChange"]): Promise<Profile> {
    return answer(this.api.PUT("/api/users/{id}", { ...at({ id }), body: change }))
  }

  /** One's own picture: a square out of the middle of this image; null takes it away. */
  async setPicture(id: string, image: File | null, how: Upload = {}): Promise<Media | null> {
    if (image !== null)
      return upload(`${this.baseUrl}/api/users/${encodeURIComponent(id)}/picture`, "PUT", image, this, how)
    await done(this.api.DELETE("/api/users/{id}/picture", at({ id })))
    return null
  }

  preferences(id: string): Promise<Preferences> {
    return answer(this.api.GET("/api/users/{id}/preferences", at({ id })))
  }

  changePreferences(id: string, change: Partial<Preferences>): Promise<Preferences> {
    return answer(this.api.PUT("/api/users/{id}/preferences", { ...at({ id }), body: change }))
  }

  block(id: string): Promise<void> {
    return outcome((header) => answered<unknown>(this.api.PUT("/api/users/{id}/block", keyed({ id }, header)))).then(
      nothing,
    )
  }

  unblock(id: string): Promise<void> {
    return outcome((header) => answered<unknown>(this.api.DELETE("/api/users/{id}/block", keyed({ id }, header)))).then(
      nothing,
    )
  }

  /** Erase one's account, for ever. */
  erase(id: string, password: string): Promise<void> {
    return done(this.api.DELETE("/api/users/{id}", { ...at({ id }), body: { password } }))
  }

  changePassword(id: string, change: Bodies["PasswordChange"]): Promise<void> {
    return done(this.api.PUT("/api/users/{id}/password", { ...at({ id }), body: change }))
  }

  // Conversations.

  /** Where sockets can be opened, best first. */
  connect(): Promise<WhereToConnect> {
    return answer(this.api.GET("/api/connect"))
  }

  /** The one conversation with that user, found or made, with its newest messages. */
  direct(user: string): Promise<OpenedConversation> {
    return this.create({ kind: "direct", with: user })
  }

  /** A new group of oneself and these users, which others join by its password if it has one. */
  group(group: Omit<Bodies["NewGroup"], "kind" | "members"> & { members?: string[] }): Promise<OpenedConversation> {
    return this.create({ kind: "group", members: [], ...group })
  }

  private async create(body: Bodies["NewDirect"] | Bodies["NewGroup"]): Promise<OpenedConversation> {
    return opened(
      await outcome((header) => answered(this.api.POST("/api/conversations", { params: { header }, body }))),
    )
  }

  /** One's own, newest change first; `next` of a page is the cursor of the page after it. */
  async conversations(cursor?: string): Promise<ConversationPage> {
    const page = await answer(this.api.GET("/api/conversations", { params: { query: given({ cursor }) } }))
    return { conversations: readList(page.conversations, readSummary), next: page.next ?? null }
  }

  async conversation(id: string): Promise<Summary> {
    return readSummary(await answer(this.api.GET("/api/conversations/{id}", at({ id }))))
  }

  /** What is given is changed; null takes a description or the password away. */
  async changeGroup(id: string, change: Bodies["ChangedGroup"]): Promise<Summary> {
    const ask = (header: Headers) => this.api.PUT("/api/conversations/{id}", { ...keyed({ id }, header), body: change })
    return readSummary(await outcome((header) => answered(ask(header))))
  }

  deleteGroup(id: string): Promise<void> {
    const ask = (header: Headers) => this.api.DELETE("/api/conversations/{id}", keyed({ id }, header))
    return outcome((header) => answered<unknown>(ask(header))).then(nothing)
  }

  /** Until a time to come (RFC 3339), or for good. */
  async mute(id: string, until: string | null = null): Promise<Summary> {
    return readSummary(await answer(this.api.PUT("/api/conversations/{id}/mute", { ...at({ id }), body: { until } })))
  }

  async unmute(id: string): Promise<Summary> {
    return readSummary(await answer(this.api.DELETE("/api/conversations/{id}/mute", at({ id }))))
  }

  async markUnread(id: string): Promise<Summary> {
    return readSummary(await answer(this.api.PUT("/api/conversations/{id}/unread", at({ id }))))
  }

  /** Take the mark away again. That messages were read, the socket tells: Client.read. */
  async markRead(id: string): Promise<Summary> {
    return readSummary(await answer(this.api.DELETE("/api/conversations/{id}/unread", at({ id }))))
  }

  async join(id: string, password: string | null = null): Promise<OpenedConversation> {
    const body = { password }
    const ask = (header: Headers) => this.api.POST("/api/conversations/{id}/join", { ...keyed({ id }, header), body })
    return opened(await outcome((header) => answered(ask(header))))
  }

  leave(id: string): Promise<void> {
    const ask = (header: Headers) => this.api.POST("/api/conversations/{id}/leave", keyed({ id }, header))
    return outcome((header) => answered<unknown>(ask(header))).then(nothing)
  }

  async addMember(id: string, user: string): Promise<Summary> {
    const body = { user }
    const ask = (header: Headers) =>
      this.api.POST("/api/conversations/{id}/members", { ...keyed({ id }, header), body })
    return readSummary(await outcome((header) => answered(ask(header))))
  }

  async setRole(id: string, user: string, role: Role): Promise<Summary> {
    const how = (header: Headers) => ({ ...keyed({ id, user }, header), body: { role } })
    const ask = (header: Headers) => this.api.PUT("/api/conversations/{id}/members/{user}", how(header))
    return readSummary(await outcome((header) => answered(ask(header))))
  }

  removeMember(id: string, user: string): Promise<void> {
    const ask = (header: Headers) =>
      this.api.DELETE("/api/conversations/{id}/members/{user}", keyed({ id, user }, header))
    return outcome((header) => answered<unknown>(ask(header))).then(nothing)
  }

  // Messages.

  /** Messages ascending by seq: the newest, or those next to a seq. */
  async history(conversation: string, place: Place = {}): Promise<MessagePage> {
    const params = { path: { id: conversation }, query: place }
    const page = await answer(this.api.GET("/api/conversations/{id}/messages", { params }))
    return { messages: readList(page.messages, readMessage), more: page.more }
  }

  /** `id` is `<conversation>.<seq>`. */
  async message(id: string): Promise<Message> {
    return readMessage(await answer(this.api.GET("/api/messages/{id}", at({ id }))))
  }

  /** What has become of a message at each of its recipients. */
  async receipts(id: string): Promise<RecipientReceipt[]> {
    return (await answer(this.api.GET("/api/messages/{id}/receipts", at({ id })))).receipts
  }

  /** Messages that have words beginning with each of the query's, newest first; `next`: there is more after them. */
  async search(query: { q: string; conversation?: string; from?: string; cursor?: string }): Promise<HitPage> {
    const page = await answer(this.api.GET("/api/search", { params: { query } }))
    const hits = page.hits.map(({ message, highlights }) => ({
      message: readMessage(message),
      highlights: highlights.map(([start = 0, end = 0]): [number, number] => [start, end]),
    }))
    return { hits, next: page.next ?? null }
  }

  // Files.

  /** Its `id` is for a message's `media`; what no message carries within a day goes. */
  upload(file: File, how: Upload = {}): Promise<Media> {
    return upload(`${this.baseUrl}/api/media`, "POST", file, this, how)
  }

  /** Those of them (at most 100) that one may see. */
  async lookUpMedia(ids: string[]): Promise<Media[]> {
    return (await answer(this.api.GET("/api/media", { params: { query: { id: ids } } }))).media
  }

  media(id: string, signal?: AbortSignal): Promise<Blob> {
    return blob(this.files.GET("/api/media/{id}", { ...at({ id }), parseAs: "blob", ...given({ signal }) }))
  }

  thumbnail(id: string, signal?: AbortSignal): Promise<Blob> {
    return blob(this.files.GET("/api/media/{id}/thumbnail", { ...at({ id }), parseAs: "blob", ...given({ signal }) }))
  }

  // Web Push.

  async pushKey(): Promise<string> {
    return (await answer(this.api.GET("/api/push/key"))).key
  }

  async subscribePush(subscription: Bodies["NewPushSubscription"]): Promise<string> {
    return (await answer(this.api.POST("/api/push/subscriptions", { body: subscription }))).id
  }

  unsubscribePush(endpoint: string): Promise<void> {
    return done(this.api.DELETE("/api/push/subscriptions", { body: { endpoint } }))
  }

  // Ephemeral chats.

  async startChat(chat: Bodies["NewChat"]): Promise<StartedChat> {
    const started = await answer(this.api.POST("/api/chats", { body: chat }))
    const [one, other] = started.seats
    if (one === undefined || other === undefined) throw new BadFrame("a chat without two seats")
    return { ...started, seats: [one, other] }
  }

  /** Whose seat a link leads to; changes nothing. */
  seat(token: string): Promise<SeatView> {
    return answer(this.entering.GET("/api/chats/seats/{token}", at({ token })))
  }

  /** Take one's seat. `wrong_code` has `tries_left`, `locked_out` has `retry_after`. */
  async enter(token: string, entering: Bodies["Entering"]): Promise<Entered> {
    const body = entering
    const found = await answer(this.entering.POST("/api/chats/seats/{token}/enter", { ...at({ token }), body }))
    return { ...found, user: readUser(found.user), peer: readUser(found.peer) }
  }

  /** End the ephemeral chat that one sits in, for both. */
  endChat(id: string): Promise<void> {
    const ask = (header: Headers) => this.api.POST("/api/chats/{id}/end", keyed({ id }, header))
    return outcome((header) => answered<unknown>(ask(header))).then(nothing)
  }
}

type Headers = { "Idempotency-Key": string }

/** A request's place. */
function at<P extends object>(path: P) {
  return { params: { path } }
}

/** The same of a command. */
function keyed<P extends object>(path: P, header: Headers) {
  return { params: { path, header } }
}

/** What is not undefined. */
function given<T extends object>(fields: T): { [name in keyof T]?: Exclude<T[name], undefined> } {
  const present = Object.entries(fields).filter(([, value]) => value !== undefined)
  return Object.fromEntries(present) as { [name in keyof T]?: Exclude<T[name], undefined> }
}

async function done(asking: Parameters<typeof answer<unknown>>[0]): Promise<void> {
  await answer(asking)
}

function nothing(): void {}

async function blob(asking: Parameters<typeof answer<unknown>>[0]): Promise<Blob> {
  const found = await answer(asking)
  return found instanceof Blob ? found : new Blob([])
}

function opened(found: Bodies["OpenedConversation"]): OpenedConversation {
  return { ...readSummary(found), messages: readList(found.messages ?? [], readMessage), more: found.more ?? false }
}

/** What the server sends, read leniently: unknown fields and unknown types are let pass, what is left out is filled in. */
import { BadFrame } from "../errors.ts"
import type { components } from "../generated/socket.ts"
import type { Message, Summary, User } from "../wire.ts"

type Frames = components["schemas"]

export type Frame = Readonly<Record<string, unknown>>

type Known =
  | Frames["Connected"]
  | Frames["Accepted"]
  | Frames["Stored"]
  | Frames["Rejected"]
  | Frames["MessagePush"]
  | Frames["ConversationPush"]
  | Frames["Receipt"]
  | Frames["Changes"]
  | Frames["Reset"]
  | Frames["Gone"]
  | Frames["Ended"]
  | Frames["Notice"]
  | Frames["Synced"]
  | Frames["Refreshed"]
  | Frames["SignedOut"]
  | Frames["TypingPush"]
  | Frames["UserStatus"]
  | Frames["ErrorFrame"]

type Kind = "string" | "number" | "boolean" | "object"
type Shape = Readonly<Record<string, Kind>>

const NUMBERS = { epoch: "string", seq: "number", rev: "number" } as const
const MESSAGE = {
  conversation: "string",
  ...NUMBERS,
  sender: "string",
  client_id: "string",
  sent_at: "string",
} as const
const SUMMARY = { id: "string", ...NUMBERS, kind: "string", created_at: "string", updated_at: "string" } as const

const isMessage = lenient<Message>()(MESSAGE)
const isSummary = lenient<Summary>()(SUMMARY)
const isUser = lenient<User>()({ id: "string", username: "string" })

/** What each type of frame cannot do without. */
const FRAMES: Readonly<Record<Known["type"], Shape>> = {
  connected: { session: "string", user: "object", edge: "string", conversations: "object" },
  accepted: { id: "string", at: "string" },
  stored: { id: "string", conversation: "string", seq: "number", rev: "number" },
  rejected: { id: "string", error: "object" },
  message: MESSAGE,
  conversation: SUMMARY,
  receipt: { conversation: "string", user: "string", delivered: "number", read: "number", at: "string" },
  changes: { conversation: "string", epoch: "string", from: "number", to: "number", messages: "object" },
  reset: { conversation: "string", epoch: "string", rev: "number" },
  gone: { conversation: "string" },
  ended: { conversation: "string" },
  notice: { conversation: "string", code: "string" },
  synced: { id: "string" },
  refreshed: {},
  signed_out: {},
  typing: { conversation: "string", user: "string", on: "boolean" },
  user_status: { user: "string", status: "string" },
  error: { error: "object" },
}

/** One frame of the server; null for a type this client knows nothing of. Throws BadFrame when it lacks something. */
export function readFrame(frame: Frame): Known | null {
  if (!isKnown(frame)) return null
  return frame
}

/** A message with every field that it may have. Throws BadFrame. */
export function readMessage(given: unknown): Message {
  if (!isMessage(given)) throw new BadFrame("a malformed message")
  return {
    ...given,
    kind: given.kind ?? "text",
    cause: given.cause ?? null,
    event: given.event ?? null,
    text: given.text ?? null,
    media: given.media ?? [],
    reply_to: given.reply_to ?? null,
    mentions: given.mentions ?? [],
    reactions: given.reactions ?? {},
    edited_at: given.edited_at ?? null,
    deleted_at: given.deleted_at ?? null,
  }
}

/** A conversation's summary with every field that it may have. Throws BadFrame. */
export function readSummary(given: unknown): Summary {
  if (!isSummary(given)) throw new BadFrame("a malformed summary")
  const members = given.members ?? []
  return {
    ...given,
    name: given.name ?? null,
    description: given.description ?? null,
    members: members.map((member) => ({ ...member, name: member.name ?? null, picture: member.picture ?? null })),
    member_count: given.member_count ?? members.length,
    last_message: given.last_message ? readMessage(given.last_message) : null,
    last_message_status: given.last_message_status ?? null,
    unread: given.unread ?? 0,
    marked_unread: given.marked_unread ?? false,
    muted: given.muted ?? false,
    muted_until: given.muted_until ?? null,
    blocked: given.blocked ?? false,
  }
}

/** A user with every field that he may have. Throws BadFrame. */
export function readUser(given: unknown): User {
  if (!isUser(given)) throw new BadFrame("a malformed user")
  return {
    ...given,
    name: given.name ?? null,
    lastname: given.lastname ?? null,
    picture: given.picture ?? null,
    created_at: given.created_at ?? "",
  }
}

/** A field that holds a list. Throws BadFrame. */
export function readList<T>(given: unknown, read: (one: unknown) => T): T[] {
  if (!Array.isArray(given)) throw new BadFrame("no list where one is promised")
  return given.map(read)
}

function isKnown(frame: Frame): frame is Known {
  const type = frame.type
  const shape = Object.entries(FRAMES).find(([known]) => known === type)?.[1]
  if (shape === undefined) return false
  if (!fits(frame, shape)) throw new BadFrame(`a malformed ${String(type)} frame`)
  return true
}

/** Tells whether what came has these fields of T; of its others any may be left out. */
function lenient<T>() {
  return <K extends keyof T & string>(shape: Readonly<Record<K, Kind>>) =>
    (given: unknown): given is Pick<T, K> & Partial<T> =>
      fits(given, shape)
}

function fits(given: unknown, shape: Shape): boolean {
  if (typeof given !== "object" || given === null) return false
  const fields = new Map<string, unknown>(Object.entries(given))
  return Object.entries(shape).every(([name, kind]) => {
    const found = fields.get(name)
    return typeof found === kind && found !== null
  })
}

/** What the client tells its application, in order. */
import type { ErrorBody, Message, Summary, User } from "./wire.ts"

/**
 * How far a command has come; it only ever moves forward. `sending`: no answer yet. `accepted`: the server has it
 * durably, it will be stored or rejected, never lost. `sent`: stored, it has its number. `delivered`, `read`: by every
 * other member. `rejected` is final.
 */
export type SendState = "sending" | "accepted" | "sent" | "delivered" | "read" | "rejected"

/** A command of one's own, as it is kept until its outcome is known. */
export interface Command {
  readonly id: string
  readonly kind: "message" | "edit" | "delete" | "react"
  readonly conversation: string
  /** The frame as it is sent, without `type`, `id` and `conversation`: enough to show it before it is stored. */
  readonly given: Readonly<Given>
  /** When it was given, RFC 3339, by this device's clock. */
  readonly created_at: string
  /** Why it was rejected. */
  readonly error?: ErrorBody
}

/** A command of one's own, and what has become of it so far. */
export interface Sent extends Command {
  readonly state: SendState
  /** When the server accepted it, RFC 3339. */
  readonly at?: string
  readonly seq?: number
  readonly rev?: number
}

export interface Given {
  text?: string
  media?: string[]
  reply_to?: number
  mentions?: string[]
  seq?: number
  emoji?: string
  on?: boolean
}

export type Event =
  | { event: "connecting"; url: string }
  /** The socket is up, and what was missed follows. `more`: there are conversations beyond those announced. */
  | { event: "connected"; user: User; edge: string; session: string; online: string[]; more: boolean }
  /** The socket is down. Tried again in `retry_in` seconds; null: the client has stopped for good. */
  | { event: "disconnected"; reason: string; retry_in: number | null; code: number | null }
  /** A conversation appeared or changed. */
  | { event: "conversation"; conversation: string; summary: Summary }
  /** A new message, or a new state of an old one: each (conversation, rev) once, in rev order. */
  | { event: "message"; conversation: string; rev: number; message: Message }
  /** What the application holds of this conversation is void: events go on above `rev`, the rest is to be read anew. */
  | { event: "reset"; conversation: string; epoch: string; rev: number }
  /** Not this user's any more: `removed`, `left`, `deleted` or `ended`. */
  | { event: "gone"; conversation: string; reason: string }
  /** The ephemeral chat is over, and the client stops. `by`: a name, `inactivity` or `expired`. */
  | { event: "ended"; conversation: string; by: string }
  /** Ephemeral chats: `peer_joined`, `peer_left`, `wrong_code_tried`, `inactivity_soon` (it ends `at` that time). */
  | { event: "notice"; conversation: string; code: string; at: string | null }
  | { event: "send"; sent: Sent }
  /** A member has got or read more: both seqs only ever grow. Of one's own user: on another device. */
  | { event: "receipt"; conversation: string; user: string; delivered: number; read: number; at: string }
  /** Another member began to type, or stopped, or nothing more was heard of it. */
  | { event: "typing"; conversation: string; user: string; on: boolean }
  | { event: "status"; user: string; online: boolean; last_online: string | null }
  /** The sign-in was revoked; the client stops. */
  | { event: "signed_out" }
  /** The server reports an error, of the command or question `id` where there is one. It is no outcome. */
  | { event: "failed"; error: ErrorBody; id: string | null }
  /** Any other push, as it came. */
  | { event: "pushed"; frame: Record<string, unknown> }

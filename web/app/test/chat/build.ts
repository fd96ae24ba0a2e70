/** Messages, commands and summaries to test with: what a case does not name is of no matter to it. */
import type { Member, Message, Sent, Summary } from "@parley/sdk"

export const ME = "u_me"
export const ANNA = "u_anna"
export const BEN = "u_ben"
export const CONVERSATION = "c_1"

const NOON = Date.parse("2026-03-10T12:00:00.000Z")

/** The instant that many minutes after a certain noon. */
export function minute(minutes: number): string {
  return new Date(NOON + minutes * 60_000).toISOString()
}

export function message(seq: number, given: Partial<Message> = {}): Message {
  return {
    conversation: CONVERSATION,
    epoch: "e",
    seq,
    rev: seq,
    kind: "text",
    sender: ANNA,
    client_id: `client-${seq}`,
    cause: null,
    event: null,
    text: `text ${seq}`,
    media: [],
    reply_to: null,
    mentions: [],
    reactions: {},
    sent_at: minute(seq),
    edited_at: null,
    deleted_at: null,
    ...given,
  }
}

export function sent(id: string, given: Partial<Sent> = {}): Sent {
  const command = {
    id,
    kind: "message",
    conversation: CONVERSATION,
    given: { text: id },
    created_at: minute(0),
  } as const
  return { ...command, state: "sending", ...given }
}

export function member(user: string, given: Partial<Member> = {}): Member {
  return { user, username: user.slice(2), name: null, picture: null, role: "member", delivered: 0, read: 0, ...given }
}

export function summary(given: Partial<Summary> = {}): Summary {
  const members = given.members ?? [member(ME), member(ANNA)]
  return {
    id: CONVERSATION,
    kind: members.length > 2 ? "group" : "direct",
    name: null,
    description: null,
    epoch: "e",
    seq: 0,
    rev: 0,
    members,
    member_count: members.length,
    last_message: null,
    last_message_status: null,
    unread: 0,
    marked_unread: false,
    muted: false,
    muted_until: null,
    blocked: false,
    created_at: minute(0),
    updated_at: minute(0),
    ...given,
  }
}

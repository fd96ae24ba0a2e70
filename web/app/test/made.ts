/** Wire values for tests: all that a test does not care about has a value already. */
import type { Member, Message, Summary, User } from "@parley/sdk"

export const ME = "u_me"
export const ANN = "u_ann"
export const AT = "2026-11-21T12:00:00.000Z"

export function user(id: string, given: Partial<User> = {}): User {
  return { id, username: id.slice(2), name: null, lastname: null, picture: null, created_at: AT, ...given }
}

export function member(id: string, given: Partial<Member> = {}): Member {
  return { user: id, username: id.slice(2), name: null, picture: null, role: "member", delivered: 0, read: 0, ...given }
}

export function message(seq: number, given: Partial<Message> = {}): Message {
  return {
    conversation: "c_1",
    epoch: "e",
    seq,
    rev: seq,
    kind: "text",
    sender: ANN,
    client_id: `client-${seq}`,
    cause: null,
    event: null,
    text: `text ${seq}`,
    media: [],
    reply_to: null,
    mentions: [],
    reactions: {},
    sent_at: new Date(Date.parse(AT) + seq * 1000).toISOString(),
    edited_at: null,
    deleted_at: null,
    ...given,
  }
}

export function summary(id = "c_1", given: Partial<Summary> = {}): Summary {
  return {
    id,
    kind: "direct",
    name: null,
    description: null,
    epoch: "e",
    seq: 0,
    rev: 0,
    members: [member(ME), member(ANN)],
    member_count: 2,
    last_message: null,
    last_message_status: null,
    unread: 0,
    marked_unread: false,
    muted: false,
    muted_until: null,
    blocked: false,
    created_at: AT,
    updated_at: AT,
    ...given,
  }
}

/** Messages for tests. */
import type { Message } from "../src/wire.ts"

export const AT = "2026-01-31T09:05:07.123Z"

export function message(seq: number, rev: number = seq, more: Partial<Message> = {}): Message {
  return {
    conversation: "c_1",
    epoch: "e1",
    seq,
    rev,
    kind: "text",
    sender: "u_2",
    client_id: `m${seq}`,
    cause: null,
    event: null,
    text: `text ${seq}, ${rev}`,
    media: [],
    reply_to: null,
    mentions: [],
    reactions: {},
    sent_at: AT,
    edited_at: null,
    deleted_at: null,
    ...more,
  }
}

/** Wire values for tests of what is not a chat window: as `chat/build.ts` makes them, with another friend and another time. */
import type { Message, Summary, User } from "@parley/sdk"
import * as build from "./chat/build.ts"
import { ME, member } from "./chat/build.ts"

export { ME, member }
export const ANN = "u_ann"
export const AT = "2026-11-21T12:00:00.000Z"

export function user(id: string, given: Partial<User> = {}): User {
  return { id, username: id.slice(2), name: null, lastname: null, picture: null, created_at: AT, ...given }
}

export function message(seq: number, given: Partial<Message> = {}): Message {
  const sent_at = new Date(Date.parse(AT) + seq * 1000).toISOString()
  return build.message(seq, { sender: ANN, sent_at, ...given })
}

export function summary(id = "c_1", given: Partial<Summary> = {}): Summary {
  const whole = { id, kind: "direct", members: [member(ME), member(ANN)], member_count: 2 } as const
  return build.summary({ ...whole, members: [...whole.members], created_at: AT, updated_at: AT, ...given })
}

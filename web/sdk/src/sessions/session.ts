import { RequestFailed } from "../errors.ts"
import type { Rest } from "../rest/rest.ts"
import type { ErrorCode, User } from "../wire.ts"

/** Somebody who is let in, and stays in. */
export interface Session {
  readonly rest: Rest
  readonly user: User
  /** Of a seat: the one conversation it is in. */
  readonly conversation?: string
  /** The current access token. */
  token(): string
  /** Gets another token than the `spent` one. Throws RequestFailed and Unreachable; `isOver` tells whether that is for good. */
  renew(spent: string): Promise<void>
  /** Waits until a new token is due, and returns it. Throws like `renew` when there will be none, or the signal's reason. */
  nextToken(signal?: AbortSignal): Promise<string>
}

const FINAL: readonly ErrorCode[] = [
  "unauthenticated",
  "token_expired",
  "forbidden",
  "not_found",
  "wrong_code",
  "wrong_password",
  "conversation_ended",
]

/** Whether an error says that this session is over. What a proxy answers in the server's place says nothing of it. */
export function isOver(error: unknown): boolean {
  return error instanceof RequestFailed && FINAL.includes(error.code)
}

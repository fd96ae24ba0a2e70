import type { Rest } from "../rest/rest.ts"
import type { User } from "../wire.ts"

/** Somebody who is let in, and stays in. */
export interface Session {
  readonly rest: Rest
  readonly user: User
  /** Of a seat: the one conversation it is in. */
  readonly conversation?: string
  /** The current access token. */
  token(): string
  /** Gets another token than the `spent` one. Throws RequestFailed (401, 403, 404: for good) and Unreachable. */
  renew(spent: string): Promise<void>
  /** Waits until a new token is due, and returns it. Throws like `renew` when there will be none, or the signal's reason. */
  nextToken(signal?: AbortSignal): Promise<string>
}

/** Whether an error says that this session is over. */
export function isOver(error: unknown): boolean {
  return error instanceof Object && "status" in error && [401, 403, 404, 410].includes(Number(error.status))
}

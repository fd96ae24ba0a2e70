/** Somebody's seat in an ephemeral chat. Its token lives as long as the chat. */
import type { Rest } from "../rest/rest.ts"
import type { Entered, User } from "../wire.ts"
import type { Session } from "./session.ts"

/** A browser that has the seat already needs neither code nor name. */
export interface Entering {
  code?: string
  name?: string
}

export class SeatSession implements Session {
  readonly conversation: string
  readonly user: User
  readonly peer: User
  /** The chat ends by itself after such a silence, and at this time at the latest. */
  readonly inactivity_seconds: number
  readonly expires_at: string
  private current: string

  private constructor(
    readonly rest: Rest,
    private readonly seat: string,
    private readonly entering: Entering,
    entered: Entered,
  ) {
    this.conversation = entered.conversation
    this.user = entered.user
    this.peer = entered.peer
    this.inactivity_seconds = entered.inactivity_seconds
    this.expires_at = entered.expires_at
    this.current = entered.access_token
    rest.token = entered.access_token
    rest.renew = (spent) => this.renew(spent)
  }

  /**
   * Take the seat that a link's token leads to. Throws RequestFailed: `wrong_code` with `tries_left`, `locked_out` with
   * `retry_after`, `not_found` when there is no such chat (any more); Unreachable.
   */
  static async enter(rest: Rest, token: string, entering: Entering = {}): Promise<SeatSession> {
    return new SeatSession(rest, token, entering, await rest.enter(token, entering))
  }

  token(): string {
    return this.current
  }

  async renew(spent: string): Promise<void> {
    if (this.current !== spent) return
    const entered = await this.rest.enter(this.seat, this.entering)
    this.current = entered.access_token
    this.rest.token = entered.access_token
  }

  /** Never, but for the signal: the token needs no renewing. */
  nextToken(signal?: AbortSignal): Promise<string> {
    return new Promise((_, reject) => signal?.addEventListener("abort", () => reject(signal.reason), { once: true }))
  }
}

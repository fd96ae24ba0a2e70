/** An account's sign-in in this browser: an access token in memory, renewed by the refresh cookie. */
import { exclusively } from "../browser/locks.ts"
import { Backoff } from "../core/backoff.ts"
import { readUser } from "../core/reading.ts"
import { RequestFailed } from "../errors.ts"
import type { Rest } from "../rest/rest.ts"
import { sleep } from "../sleep.ts"
import type { SignedIn, User } from "../wire.ts"
import { RefreshMark } from "./refresh-mark.ts"
import { isOver, type Session } from "./session.ts"

/** Renewed when so much of the token's life is over. */
const RENEW_AT = 0.75
const RETRY = new Backoff(1, 30)
/** All tabs share the cookie, and each refresh token works once: a second use of it would end the sign-in. */
const LOCK = "parley.refresh"

export class AccountSession implements Session {
  private current: { token: string; renewAt: number }
  private known: User

  private constructor(
    readonly rest: Rest,
    signedIn: SignedIn,
  ) {
    this.known = readUser(signedIn.user)
    this.current = this.use(signedIn)
    rest.renew = (spent) => this.renew(spent)
  }

  /** Throws RequestFailed (`wrong_password`, `locked_out`), Unreachable. */
  static login(
    rest: Rest,
    credentials: { username: string; password: string; device?: string },
  ): Promise<AccountSession> {
    return exclusively(LOCK, async () => new AccountSession(rest, await rest.login(credentials)))
  }

  /** The sign-in that this browser's cookie stands for; null when there is none. Throws RequestFailed, Unreachable. */
  static async resume(rest: Rest): Promise<AccountSession | null> {
    try {
      return await exclusively(LOCK, async () => new AccountSession(rest, await refreshed(rest)))
    } catch (error) {
      if (isOver(error)) return null
      throw error
    }
  }

  get user(): User {
    return this.known
  }

  token(): string {
    return this.current.token
  }

  renew(spent: string): Promise<void> {
    return exclusively(LOCK, async () => {
      if (this.current.token !== spent) return
      const signedIn = await refreshed(this.rest)
      if (signedIn.user.id !== this.known.id) throw replaced()
      this.current = this.use(signedIn)
      this.known = readUser(signedIn.user)
    })
  }

  async nextToken(signal?: AbortSignal): Promise<string> {
    const { token: old, renewAt } = this.current
    await sleep(Math.max(0, (renewAt - Date.now()) / 1000), signal)
    for (let tries = 0; ; tries += 1) {
      try {
        await this.renew(old)
        return this.current.token
      } catch (error) {
        if (isOver(error)) throw error
      }
      await sleep(RETRY.wait(tries, Math.random), signal)
    }
  }

  /** End this sign-in. Throws Unreachable: then it goes on. */
  async logout(): Promise<void> {
    await exclusively(LOCK, () => this.rest.logout())
    this.rest.token = null
    this.rest.renew = null
  }

  private use({ access_token, expires_in }: SignedIn): { token: string; renewAt: number } {
    this.rest.token = access_token
    return { token: access_token, renewAt: Date.now() + expires_in * 1000 * RENEW_AT }
  }
}

/** To be called under the lock. */
async function refreshed(rest: Rest): Promise<SignedIn> {
  const mark = new RefreshMark()
  await mark.settled()
  return mark.during(() => rest.refresh())
}

/** Somebody else has signed in in this browser. */
function replaced(): RequestFailed {
  const message = "Another account is signed in in this browser now."
  return new RequestFailed({ status: 401, code: "unauthenticated", message, retry: false })
}

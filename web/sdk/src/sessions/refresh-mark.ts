/** A note, for whoever refreshes next, that a refresh is on its way. */
import { localStore } from "../browser/storage.ts"
import { RequestFailed } from "../errors.ts"
import { sleep } from "../sleep.ts"

const KEY = "parley.refreshing"
const IN_FLIGHT_SECONDS = 1.5

/**
 * A page that is reloaded while it refreshes leaves a request behind whose answer brings the next refresh token. Whoever
 * came with the old one meanwhile would end the sign-in, so he waits for that answer as long as it usually takes.
 */
export class RefreshMark {
  private readonly store = localStore()

  /** Wait until a refresh that was left behind is over. */
  async settled(): Promise<void> {
    const begun = Number(this.store?.getItem(KEY) ?? Number.NaN)
    const left = IN_FLIGHT_SECONDS - (Date.now() - begun) / 1000
    if (left > 0 && left <= IN_FLIGHT_SECONDS) await sleep(left)
  }

  /** Refresh under the mark. It stays when no answer came. */
  async during<T>(refresh: () => Promise<T>): Promise<T> {
    this.set(String(Date.now()))
    try {
      const found = await refresh()
      this.store?.removeItem(KEY)
      return found
    } catch (error) {
      if (error instanceof RequestFailed) this.store?.removeItem(KEY)
      throw error
    }
  }

  private set(value: string): void {
    try {
      this.store?.setItem(KEY, value)
    } catch {
      // The storage is full: then there is no mark, and no harm but in the rarest case.
    }
  }
}

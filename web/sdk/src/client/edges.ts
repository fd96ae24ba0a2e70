/** Which edge to try next. */
import { ParleyError, RequestFailed, Unreachable } from "../errors.ts"
import type { Rest } from "../rest/rest.ts"

/** The edges' addresses in the server's order, each once before any is tried again. */
export class Edges {
  /** How often the server pings, seconds. */
  heartbeat = 25
  private known: string[] = []
  private untried: string[] = []
  private last: string | null = null

  constructor(private readonly rest: Rest) {}

  /**
   * The address to try now. While the server cannot tell, those it told before are tried again. Throws RequestFailed
   * when the token is refused, and Unreachable or RequestFailed when no address is known.
   */
  async next(): Promise<string> {
    if (this.untried.length === 0) this.untried = others(await this.ask(), this.last)
    const url = this.untried.shift()
    if (url === undefined) throw new Unreachable("there is no edge at the moment")
    this.last = url
    return url
  }

  private async ask(): Promise<string[]> {
    try {
      const { urls, heartbeat_seconds } = await this.rest.connect()
      if (urls.length > 0) this.known = urls
      this.heartbeat = heartbeat_seconds
    } catch (error) {
      const refused = error instanceof RequestFailed && error.status === 401
      if (refused || this.known.length === 0 || !(error instanceof ParleyError)) throw error
    }
    return this.known
  }
}

/** The one that was left last comes last. */
function others(urls: string[], last: string | null): string[] {
  const elsewhere = urls.filter((url) => url !== last)
  return elsewhere.length < urls.length && last !== null ? [...elsewhere, last] : elsewhere
}

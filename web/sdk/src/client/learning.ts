/** The conversations that the first `connected` had no room for. */
import { Backoff, type Random } from "../core/backoff.ts"
import { ParleyError } from "../errors.ts"
import type { Rest } from "../rest/rest.ts"
import { sleep } from "../sleep.ts"
import type { ConversationPage, Summary } from "../wire.ts"

const AGAIN = new Backoff(1, 60)

/** Reads all of one's conversations, page after page, however often one fails, until the signal says to stop. */
export async function learn(
  rest: Rest,
  random: Random,
  stop: AbortSignal,
  found: (summaries: readonly Summary[]) => void,
): Promise<void> {
  let cursor: string | undefined
  do {
    const read = await page(rest, cursor, random, stop)
    if (read === null) return
    found(read.conversations)
    cursor = read.next ?? undefined
  } while (cursor !== undefined)
}

async function page(
  rest: Rest,
  cursor: string | undefined,
  random: Random,
  stop: AbortSignal,
): Promise<ConversationPage | null> {
  for (let tries = 0; !stop.aborted; tries += 1) {
    try {
      const read = await rest.conversations(cursor)
      return stop.aborted ? null : read
    } catch (error) {
      if (!(error instanceof ParleyError)) throw error
    }
    await sleep(AGAIN.wait(tries, random), stop).catch(() => undefined)
  }
  return null
}

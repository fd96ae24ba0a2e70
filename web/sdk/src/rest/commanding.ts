/** Commands over HTTP: asked again under the same key until their outcome is known. */
import { Backoff } from "../core/backoff.ts"
import { newId } from "../core/ids.ts"
import { RequestFailed, Unreachable } from "../errors.ts"
import type { Pending } from "../wire.ts"

const TRIES = 4
const AGAIN = new Backoff(0.5, 4)

type Key = { "Idempotency-Key": string }

/**
 * The outcome of a command that goes through the log: `ask` is called with one key, however often, so that it is done
 * once. Throws what `ask` throws; RequestFailed `unknown_outcome` when it is accepted, but its outcome takes too long.
 */
export async function outcome<T>(
  ask: (header: Key) => Promise<{ data: T | Pending; status: number }>,
): Promise<Exclude<T, Pending>> {
  const header = { "Idempotency-Key": newId() }
  for (let tries = 0; ; tries += 1) {
    const last = tries === TRIES - 1
    const found = await ask(header).catch((error: unknown) => {
      if (last || !mayBeDone(error)) throw error
      return null
    })
    if (found !== null && found.status !== 202) return found.data as Exclude<T, Pending>
    if (last) throw unknown()
    await new Promise((done) => setTimeout(done, AGAIN.wait(tries, Math.random) * 1000))
  }
}

function mayBeDone(error: unknown): boolean {
  return error instanceof Unreachable || (error instanceof RequestFailed && error.code === "unknown_outcome")
}

function unknown(): RequestFailed {
  const message = "It is accepted, but not done yet."
  return new RequestFailed({ status: 202, code: "unknown_outcome", message, retry: true })
}

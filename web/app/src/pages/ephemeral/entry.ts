/** How a link becomes a seat. */
import { RequestFailed, Rest, SeatSession, type SeatView } from "@parley/sdk"
import { useCallback, useEffect, useRef, useState } from "react"
import { begin, end, useSession } from "../../state/session.ts"
import type { EndedBy } from "./Ended.tsx"
import { rememberSeat, wipeLink, wipeSeat } from "./remembered.ts"

export type Entry =
  | { step: "looking" }
  /** There is no such chat, or none any more. */
  | { step: "nowhere" }
  | { step: "failed"; error: unknown }
  | { step: "greeting"; seat: SeatView }
  /** The link is the other one's; one's own seat is at this path. */
  | { step: "elsewhere"; path: string }
  | { step: "seated"; session: SeatSession }
  | { step: "ended"; by: EndedBy }

export interface Entering {
  entry: Entry
  /** Throws what `SeatSession.enter` throws, but for a chat that is no more. */
  enter: (code: string) => Promise<void>
  look: () => void
  /** The chat is over: what this device has of it goes. */
  finish: (by: EndedBy) => void
}

export function useEntry(token: string): Entering {
  const [entry, setEntry] = useState<Entry>({ step: "looking" })
  const [round, setRound] = useState(0)
  const life = useRef(new AbortController())
  const look = useCallback(() => setRound((before) => before + 1), [])

  // biome-ignore lint/correctness/useExhaustiveDependencies: a new round is what looks again.
  useEffect(() => {
    const stop = new AbortController()
    life.current = stop
    setEntry({ step: "looking" })
    find(token).then(
      (found) => settle(token, found, stop.signal, setEntry),
      (error: unknown) => !stop.signal.aborted && setEntry(failure(token, error)),
    )
    return () => stop.abort()
  }, [token, round])

  const seated = entry.step === "seated" ? entry.session : null
  // Whoever leaves the page has his seat still, but sits there no more.
  useEffect(() => (seated === null ? undefined : leave), [seated])

  const enter = useCallback(
    async (code: string) => {
      const { signal } = life.current
      try {
        const session = await SeatSession.enter(new Rest(), token, { code })
        await settle(token, { step: "seated", session }, signal, setEntry)
      } catch (error) {
        if (!isNowhere(error)) throw error
        setEntry(failure(token, error))
      }
    },
    [token],
  )
  const finish = useCallback(
    (by: EndedBy) => {
      setEntry({ step: "ended", by })
      if (seated === null) return
      leave()
      wipeSeat({ conversation: seated.conversation, user: seated.user.id })
      // This browser's cookie holds the chat's key, and no script can reach it: the answer takes it away.
      new Rest().seat(token).catch(() => undefined)
    },
    [seated, token],
  )
  return { entry, enter, look, finish }
}

/** A browser that has been in needs no code; asking whether it has counts as no try, and changes nothing. */
async function find(token: string): Promise<Entry> {
  const rest = new Rest()
  const seat = await rest.seat(token)
  if (seat.url) return { step: "elsewhere", path: new URL(seat.url).pathname }
  if (seat.state === "new") return { step: "greeting", seat }
  try {
    return { step: "seated", session: await SeatSession.enter(rest, token) }
  } catch (error) {
    if (error instanceof RequestFailed && error.code === "invalid_frame") return { step: "greeting", seat }
    throw error
  }
}

async function settle(token: string, found: Entry, stop: AbortSignal, set: (entry: Entry) => void): Promise<void> {
  if (stop.aborted) return
  if (found.step === "seated") {
    const { conversation, user, expires_at } = found.session
    rememberSeat(token, { conversation, user: user.id, until: expires_at })
    leave()
    await begin("seat", found.session)
    if (stop.aborted) return leave()
  }
  set(found)
}

/** Ends whatever session this page is in. */
function leave(): void {
  if (useSession.getState().kind !== "none") end()
}

function failure(token: string, error: unknown): Entry {
  if (!isNowhere(error)) return { step: "failed", error }
  wipeLink(token)
  return { step: "nowhere" }
}

function isNowhere(error: unknown): boolean {
  return error instanceof RequestFailed && (error.code === "not_found" || error.code === "conversation_ended")
}

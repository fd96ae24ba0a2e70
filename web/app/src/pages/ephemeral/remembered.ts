/**
 * Which chats this browser has had a seat in, so that what the app keeps of one on this device (drafts, unsent messages)
 * goes with it, also when it ended while nobody was here. No link can be had from it: of that there is a short
 * fingerprint only.
 */

const PREFIX = "parley.seat."

interface Remembered {
  readonly conversation: string
  readonly user: string
  /** Of the link's token. */
  readonly link: string
  /** When the chat has ended in any case. */
  readonly until: string
}

export function rememberSeat(token: string, seat: { conversation: string; user: string; until: string }): void {
  const remembered: Remembered = { ...seat, link: fingerprint(token) }
  try {
    localStorage.setItem(PREFIX + seat.conversation, JSON.stringify(remembered))
  } catch {
    // Where nothing can be kept, nothing of the chat is.
  }
}

/** Leaves nothing of a chat on this device. */
export function wipeSeat({ conversation, user }: { conversation: string; user: string }): void {
  for (const store of [localStorage, sessionStorage]) {
    const named = Object.keys(store).filter((key) => key.includes(conversation) || key.includes(user))
    for (const key of named) store.removeItem(key)
  }
}

/** Leaves nothing of what this link led to: it leads nowhere any more. */
export function wipeLink(token: string): void {
  const link = fingerprint(token)
  for (const seat of remembered()) if (seat.link === link) wipeSeat(seat)
}

/** Leaves nothing of chats that are over by now. Storage that is closed to us has nothing either. */
export function wipeExpired(now: number): void {
  try {
    for (const seat of remembered()) if (Date.parse(seat.until) < now) wipeSeat(seat)
  } catch {
    // Touching it throws.
  }
}

function remembered(): Remembered[] {
  const keys = Object.keys(localStorage).filter((key) => key.startsWith(PREFIX))
  return keys.map((key) => read(localStorage.getItem(key))).filter((seat) => seat !== null)
}

function read(text: string | null): Remembered | null {
  try {
    const seat: unknown = JSON.parse(text ?? "null")
    return isRemembered(seat) ? seat : null
  } catch {
    return null
  }
}

function isRemembered(seat: unknown): seat is Remembered {
  if (typeof seat !== "object" || seat === null) return false
  const fields = new Map<string, unknown>(Object.entries(seat))
  return ["conversation", "user", "link", "until"].every((name) => {
    const value = fields.get(name)
    return typeof value === "string" && value !== ""
  })
}

/** 32 bits (FNV-1a): enough to know a link again, and nothing to find it by. */
function fingerprint(token: string): string {
  let hash = 0x811c9dc5
  for (let at = 0; at < token.length; at += 1) hash = Math.imul(hash ^ token.charCodeAt(at), 0x01000193)
  return (hash >>> 0).toString(16)
}

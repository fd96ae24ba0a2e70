/** One socket: frames out in order, frames in one by one, and why it ended. */
import type { Frame } from "../core/reading.ts"

const OPEN_SECONDS = 10
/** So much waits for a socket that takes nothing: it is given up then. */
const MAX_BUFFERED_BYTES = 8 * 1024 * 1024

/** Why a socket ended. `code` is its close code, null when it broke or was given up. */
export interface Ending {
  reason: string
  code: number | null
  /** Seconds that the server wants one to wait. */
  retry_after?: number
}

interface Hearer {
  opened(): void
  heard(frame: Frame): void
  ended(ending: Ending): void
}

/** Tells its hearer `opened` at most once, then frames, then `ended` exactly once. */
export class Connection {
  private readonly socket: WebSocket
  private readonly opening: ReturnType<typeof setTimeout>
  private over = false

  constructor(
    url: string,
    Socket: typeof WebSocket,
    private readonly hearer: Hearer,
  ) {
    this.socket = new Socket(url)
    this.opening = setTimeout(() => this.giveUp("the socket does not open"), OPEN_SECONDS * 1000)
    this.socket.onopen = () => {
      clearTimeout(this.opening)
      if (!this.over) hearer.opened()
    }
    this.socket.onmessage = ({ data }) => this.take(data)
    this.socket.onclose = ({ code, reason }) => this.end(ended(code, reason))
  }

  send(frames: readonly object[]): void {
    for (const frame of frames) {
      if (this.over || this.socket.readyState !== this.socket.OPEN) return
      if (this.socket.bufferedAmount > MAX_BUFFERED_BYTES) this.giveUp("the server takes no frames")
      else this.socket.send(JSON.stringify(frame))
    }
  }

  /** Leave the socket, whatever state it is in. */
  giveUp(reason: string): void {
    this.end({ reason, code: null })
  }

  private take(data: unknown): void {
    if (this.over) return
    const frame = typeof data === "string" ? parsed(data) : null
    if (frame === null) this.giveUp("a frame that is not a JSON object")
    else this.hearer.heard(frame)
  }

  private end(ending: Ending): void {
    if (this.over) return
    this.over = true
    clearTimeout(this.opening)
    this.socket.close()
    this.hearer.ended(ending)
  }
}

function ended(code: number, reason: string): Ending {
  const broke = code === 1005 || code === 1006
  return { reason: reason || (broke ? "the socket broke" : `closed with ${code}`), code: broke ? null : code }
}

function parsed(data: string): Frame | null {
  try {
    const found: unknown = JSON.parse(data)
    return typeof found === "object" && found !== null && !Array.isArray(found)
      ? Object.fromEntries(Object.entries(found))
      : null
  } catch {
    return null
  }
}

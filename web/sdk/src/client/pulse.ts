/** Whether the server is still there: a page sees no pings, and a socket whose other end vanished stays silent. */

const LOOK_SECONDS = 5
const ANSWER_SECONDS = 10
/** A command is accepted much sooner. */
const PATIENCE_SECONDS = 5

interface Doctor {
  /** Ask something that has an answer. */
  ask(): void
  /** There was none. */
  dead(): void
}

/**
 * Asks when nothing was heard for so long, or when a command finds no answer; at once when there is reason to doubt. It
 * is the question that decides: what stores commands may be slow while the server is there.
 */
export class Pulse {
  private heardAt: number
  private askedAt: number | null = null
  /** Since when a command has waited, with nothing heard. */
  private waitingSince: number | null = null
  private readonly timer: ReturnType<typeof setInterval>

  constructor(
    private readonly quiet: number,
    private readonly now: () => number,
    private readonly doctor: Doctor,
  ) {
    this.heardAt = now()
    this.timer = setInterval(() => this.look(), LOOK_SECONDS * 1000)
  }

  heard(): void {
    this.heardAt = this.now()
    this.askedAt = null
    this.waitingSince = null
  }

  /** A command was sent. */
  waiting(): void {
    this.waitingSince ??= this.now()
  }

  /** The network changed, or the machine slept. */
  doubt(): void {
    if (this.askedAt !== null) return
    this.askedAt = this.now()
    this.doctor.ask()
  }

  stop(): void {
    clearInterval(this.timer)
  }

  private look(): void {
    const now = this.now()
    if (this.askedAt !== null && now - this.askedAt >= ANSWER_SECONDS) this.doctor.dead()
    else if (now - this.heardAt >= this.quiet) this.doubt()
    else if (this.waitingSince !== null && now - this.waitingSince >= PATIENCE_SECONDS) this.doubt()
  }
}

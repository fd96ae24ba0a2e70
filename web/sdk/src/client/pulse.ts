/** Whether the server is still there: a page sees no pings, and a socket whose other end vanished stays silent. */

const LOOK_SECONDS = 5
const ANSWER_SECONDS = 10

interface Doctor {
  /** Ask something that has an answer. */
  ask(): void
  /** There was none. */
  dead(): void
}

/** Asks when nothing was heard for so long, or at once when there is reason to doubt. */
export class Pulse {
  private heardAt: number
  private askedAt: number | null = null
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
  }
}

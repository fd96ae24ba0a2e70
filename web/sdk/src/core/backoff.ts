/** How long to wait before the next try. */

export type Random = () => number

const MAX_DOUBLINGS = 32

/**
 * Doubles from `base` to `cap` seconds; each wait is drawn between `least` (a fraction) and the whole of it, so that
 * clients that failed together do not come back together.
 */
export class Backoff {
  constructor(
    private readonly base: number,
    private readonly cap: number,
    private readonly least = 0.5,
  ) {}

  /** Seconds to wait after so many tries that failed before this one. */
  wait(tries: number, random: Random): number {
    const whole = Math.min(this.cap, this.base * 2 ** Math.min(tries, MAX_DOUBLINGS))
    return whole * (this.least + (1 - this.least) * random())
  }
}

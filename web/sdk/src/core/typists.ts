/** Who types: what others are known to do, until it expires, and what of one's own typing is worth saying. */

const TYPING_SECONDS = 6
const SAY_AGAIN_SECONDS = 3

export interface Typist {
  conversation: string
  user: string
}

/** Who types expires by itself: the word that he stopped may be lost. `now` is any steady clock's seconds. */
export class Typists {
  private readonly others = new Map<string, Typist & { until: number }>()
  private readonly said = new Map<string, number>()

  /** Take a word; returns whether it says something new. */
  heard(typist: Typist, now: number, on: boolean): boolean {
    const key = `${typist.conversation} ${typist.user}`
    const known = this.others.delete(key)
    if (on) this.others.set(key, { ...typist, until: now + TYPING_SECONDS })
    return known !== on
  }

  /** Those of whom nothing was heard for too long, from now on known no more. */
  expired(now: number): Typist[] {
    const over = [...this.others].filter(([, typist]) => typist.until <= now)
    for (const [key] of over) this.others.delete(key)
    return over.map(([, { conversation, user }]) => ({ conversation, user }))
  }

  nextDue(): number {
    return Math.min(...[...this.others.values()].map((typist) => typist.until))
  }

  /** Whether this word of one's own has to be sent. */
  say(conversation: string, now: number, on: boolean): boolean {
    const said = this.said.get(conversation)
    this.said.delete(conversation)
    if (!on) return said !== undefined
    const again = said === undefined || now - said >= SAY_AGAIN_SECONDS
    this.said.set(conversation, again ? now : said)
    return again
  }

  /** The socket is gone: whatever was said on it has expired with it. */
  hushed(): void {
    this.said.clear()
  }
}

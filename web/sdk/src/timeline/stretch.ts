/** A contiguous range of one conversation's messages, ascending by seq. Immutable: every change makes a new one. */
import type { Message } from "../wire.ts"

export class Stretch {
  private constructor(readonly messages: readonly Message[]) {}

  static readonly empty = new Stretch([])

  static of(messages: readonly Message[]): Stretch {
    return new Stretch([...messages].sort((one, other) => one.seq - other.seq))
  }

  get length(): number {
    return this.messages.length
  }

  get first(): Message | undefined {
    return this.messages[0]
  }

  get last(): Message | undefined {
    return this.messages.at(-1)
  }

  /** With a newer state of a message that is within; itself when there is nothing new about it. */
  updated(message: Message): Stretch {
    const index = this.find(message.seq)
    const shown = index === null ? undefined : this.messages[index]
    if (index === null || shown === undefined || shown.rev >= message.rev) return this
    return new Stretch(this.messages.with(index, message))
  }

  /** With a page that is next to it on either side; what is known already is only updated. */
  joined(page: readonly Message[]): Stretch {
    const fresh = page.filter((message) => this.find(message.seq) === null)
    const known = page.reduce<Stretch>((stretch, message) => stretch.updated(message), this)
    return fresh.length === 0 ? known : Stretch.of([...known.messages, ...fresh])
  }

  /** Its newest `count` messages, or its oldest. */
  newest(count: number): Stretch {
    return this.length <= count ? this : new Stretch(this.messages.slice(-count))
  }

  oldest(count: number): Stretch {
    return this.length <= count ? this : new Stretch(this.messages.slice(0, count))
  }

  private find(seq: number): number | null {
    let [low, high] = [0, this.messages.length]
    while (low < high) {
      const middle = (low + high) >> 1
      if ((this.messages[middle]?.seq ?? seq) < seq) low = middle + 1
      else high = middle
    }
    return this.messages[low]?.seq === seq ? low : null
  }
}

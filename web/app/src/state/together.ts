/** Things that come one after the other, handed over together. */

export interface Together<T> {
  add(one: T): void
  /** Nothing of what waits is handed over. */
  clear(): void
}

/**
 * Hands over what was added, in that order, in a task of its own: whatever comes before that task has its turn goes with
 * it. So a page is drawn once for a flood of messages, not once for each. Unlike a timer, such a task is not held back
 * in a page that is out of sight.
 */
export function together<T>(hand: (one: T) => void): Together<T> {
  const { port1: start, port2: turn } = new MessageChannel()
  let waiting: T[] = []
  turn.onmessage = () => {
    const all = waiting
    waiting = []
    for (const one of all) safely(() => hand(one))
  }
  return {
    add(one) {
      waiting.push(one)
      if (waiting.length === 1) start.postMessage(null)
    },
    clear() {
      waiting = []
    },
  }
}

/** One that cannot be handed over keeps none of the others back. */
function safely(act: () => void): void {
  try {
    act()
  } catch (error) {
    reportError(error)
  }
}

/** Web Locks, as far as there are any: pages that are not served securely have none. */

const waiting = new Map<string, Promise<unknown>>()

export function lockManager(): LockManager | null {
  return globalThis.navigator?.locks ?? null
}

/** One after another, across all tabs of this origin; where there are no locks, within this page. */
export async function exclusively<T>(name: string, act: () => Promise<T>): Promise<T> {
  const locks = lockManager()
  if (locks !== null) return await locks.request(name, act)
  const turn = (waiting.get(name) ?? Promise.resolve()).then(act)
  waiting.set(
    name,
    turn.catch(() => undefined),
  )
  return turn
}

/** Holds a lock for as long as this page lives; whether it could be had within `seconds`. */
export function hold(locks: LockManager, name: string, seconds: number): Promise<boolean> {
  return new Promise((resolve) => {
    const held = () => {
      resolve(true)
      return new Promise<never>(() => undefined)
    }
    locks.request(name, { signal: AbortSignal.timeout(seconds * 1000) }, held).catch(() => resolve(false))
  })
}

/** Acts only if nobody holds the lock now. */
export async function ifFree(locks: LockManager, name: string, act: () => void): Promise<void> {
  await locks.request(name, { ifAvailable: true }, (lock) => {
    if (lock !== null) act()
  })
}

/** Waits until whoever holds the lock now has let it go; false when the signal came first. */
export async function released(locks: LockManager, name: string, signal: AbortSignal): Promise<boolean> {
  return await locks.request(name, { signal }, () => true).catch(() => false)
}

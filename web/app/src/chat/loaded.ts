/** Values that are loaded by key, once for all who ask, and kept within a bound. */
import { useEffect, useSyncExternalStore } from "react"

export interface Loaded<V> {
  /** What is known now; undefined: not yet; null: there is none, or not for this user. */
  get(key: string): V | null | undefined
  want(key: string): void
  put(key: string, value: V): void
  subscribe(listener: () => void): () => void
  clear(): void
}

/** After an error it is asked for again, but not more often than this. */
const AGAIN_MS = 10_000

/**
 * `load` gets the keys wanted within one turn together, and answers those that it has found. A key's value that fell
 * out beyond `cap` is loaded again when it is wanted.
 */
export function createLoaded<V>(load: (keys: string[]) => Promise<Map<string, V>>, cap = 500): Loaded<V> {
  const values = new Map<string, V | null>()
  const wanted = new Set<string>()
  const asked = new Set<string>()
  const refused = new Map<string, number>()
  const listeners = new Set<() => void>()

  const keep = (key: string, value: V | null) => {
    values.delete(key)
    values.set(key, value)
    for (const oldest of values.keys()) {
      if (values.size <= cap) break
      values.delete(oldest)
    }
  }
  const tell = () => {
    for (const listener of [...listeners]) listener()
  }
  const run = async () => {
    const keys = [...wanted]
    wanted.clear()
    for (const key of keys) asked.add(key)
    try {
      const found = await load(keys)
      for (const key of keys) keep(key, found.get(key) ?? null)
    } catch {
      for (const key of keys) refused.set(key, Date.now())
    }
    for (const key of keys) asked.delete(key)
    tell()
  }
  return {
    get: (key) => values.get(key),
    want: (key) => {
      if (values.has(key) || asked.has(key) || wanted.has(key)) return
      if (Date.now() - (refused.get(key) ?? 0) < AGAIN_MS) return
      if (wanted.size === 0) queueMicrotask(() => void run())
      wanted.add(key)
    },
    put: (key, value) => {
      keep(key, value)
      tell()
    },
    subscribe: (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    clear: () => {
      values.clear()
      refused.clear()
      tell()
    },
  }
}

/** The value of a key, loaded when somebody looks at it. Null as a key asks for nothing. */
export function useLoaded<V>(loaded: Loaded<V>, key: string | null): V | null | undefined {
  const value = useSyncExternalStore(loaded.subscribe, () => (key === null ? null : loaded.get(key)))
  useEffect(() => {
    if (key !== null && value === undefined) loaded.want(key)
  }, [loaded, key, value])
  return value
}

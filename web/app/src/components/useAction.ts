import { useCallback, useState } from "react"

export interface Action<Given extends unknown[]> {
  /** Whether it went well. A second one while one is under way is not begun. */
  run: (...given: Given) => Promise<boolean>
  busy: boolean
  /** Why the last one failed; null: it did not. */
  error: unknown
}

/** Something that a button does and that may fail: whether it is under way, and why it failed. */
export function useAction<Given extends unknown[]>(act: (...given: Given) => Promise<unknown>): Action<Given> {
  const [busy, setBusy] = useState(false)
  const [error, setError] = useState<unknown>(null)
  const run = useCallback(
    async (...given: Given) => {
      if (busy) return false
      setBusy(true)
      setError(null)
      try {
        await act(...given)
        return true
      } catch (failure) {
        setError(failure)
        return false
      } finally {
        setBusy(false)
      }
    },
    [act, busy],
  )
  return { run, busy, error }
}

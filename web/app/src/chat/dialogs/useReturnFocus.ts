import { useEffect, useState } from "react"

/** When this closes and leaves the focus nowhere, it goes back to where it was before. */
export function useReturnFocus(): void {
  const [before] = useState(() => document.activeElement)
  useEffect(
    () => () => {
      // What was chosen may move the focus itself.
      requestAnimationFrame(() => {
        if (document.activeElement === document.body && before instanceof HTMLElement) before.focus()
      })
    },
    [before],
  )
}

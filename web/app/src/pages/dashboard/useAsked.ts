import { type RefObject, useEffect, useRef, useState } from "react"

export interface Asked {
  opened: boolean
  setOpened: (opened: boolean) => void
  target: RefObject<HTMLButtonElement | null>
}

/**
 * Opens a menu each time it is asked for, as if its button had been pressed: that has the focus first, so that it has it
 * again when the menu is closed.
 */
export function useAsked(asked: number): Asked {
  const [opened, setOpened] = useState(false)
  const target = useRef<HTMLButtonElement>(null)
  useEffect(() => {
    if (asked === 0) return
    target.current?.focus()
    setOpened(true)
  }, [asked])
  return { opened, setOpened, target }
}

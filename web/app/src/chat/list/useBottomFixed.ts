import { type RefObject, useEffect } from "react"

/** When the composer or a phone's keyboard grows, what is lowest stays in view. */
export function useBottomFixed(scroller: RefObject<HTMLDivElement | null>): void {
  useEffect(() => {
    const element = scroller.current
    if (element === null) return
    let height = element.clientHeight
    const observer = new ResizeObserver(() => {
      const change = height - element.clientHeight
      height = element.clientHeight
      // A list that grows at its end is moved by the browser already.
      const below = element.scrollHeight - element.scrollTop - element.clientHeight
      if (change > 0) element.scrollTop += change
      else if (change < 0 && below > 0) element.scrollTop += change
    })
    observer.observe(element)
    return () => observer.disconnect()
  }, [scroller])
}

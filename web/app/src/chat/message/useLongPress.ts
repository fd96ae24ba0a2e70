import { type MouseEvent, type PointerEvent, useEffect, useRef } from "react"

const PRESS_MS = 450
const SLACK = 10

interface Handlers {
  onPointerDown(event: PointerEvent<HTMLElement>): void
  onPointerMove(event: PointerEvent<HTMLElement>): void
  onPointerUp(): void
  onPointerCancel(): void
  onContextMenu(event: MouseEvent<HTMLElement>): void
}

/** Tells where a finger rested; the browser's own menu for it stays away. A mouse has its own ways. */
export function useLongPress(pressed: (at: { x: number; y: number }) => void): Handlers {
  const timer = useRef<number | undefined>(undefined)
  const from = useRef({ x: 0, y: 0 })
  const stop = () => window.clearTimeout(timer.current)
  useEffect(() => () => window.clearTimeout(timer.current), [])
  return {
    onPointerDown: (event) => {
      if (event.pointerType !== "touch") return
      from.current = { x: event.clientX, y: event.clientY }
      stop()
      timer.current = window.setTimeout(() => pressed(from.current), PRESS_MS)
    },
    onPointerMove: (event) => {
      const { x, y } = from.current
      if (Math.abs(event.clientX - x) > SLACK || Math.abs(event.clientY - y) > SLACK) stop()
    },
    onPointerUp: stop,
    onPointerCancel: stop,
    onContextMenu: (event) => {
      if (window.matchMedia("(pointer: coarse)").matches) event.preventDefault()
    },
  }
}

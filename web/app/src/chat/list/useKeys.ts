import type { Virtualizer } from "@tanstack/react-virtual"
import { type FocusEvent, type KeyboardEvent, type RefObject, useEffect, useRef, useState } from "react"
import { useChat } from "../context.ts"
import type { Row } from "../model/rows.ts"

interface Keys {
  /** The key of the row that Tab leads to. */
  active: string | null
  handlers: { onKeyDown(event: KeyboardEvent<HTMLElement>): void; onFocus(event: FocusEvent<HTMLElement>): void }
}

/** One message is reached by Tab, the others from it by the arrows; Enter opens what can be done to it. */
export function useKeys(
  virtualizer: Virtualizer<HTMLDivElement, Element>,
  rows: readonly Row[],
  scroller: RefObject<HTMLDivElement | null>,
): Keys {
  const { actions } = useChat()
  const [chosen, setChosen] = useState<string | null>(null)
  const wanted = useRef<string | null>(null)
  const active = reachable(virtualizer, rows, chosen)

  // The row that the arrows went to may have to be drawn first.
  useEffect(() => {
    const row = wanted.current === null ? null : rowElement(scroller.current, wanted.current)
    if (row === null) return
    wanted.current = null
    row.focus({ preventScroll: true })
  })

  const move = (step: 1 | -1) => {
    let index = rows.findIndex((row) => row.key === active) + step
    while (rows[index] !== undefined && rows[index]?.type !== "message") index += step
    const row = rows[index]
    if (row === undefined) return
    wanted.current = row.key
    setChosen(row.key)
    virtualizer.scrollToIndex(index, { align: "auto" })
  }

  const onKeyDown = (event: KeyboardEvent<HTMLElement>) => {
    const at = event.target instanceof HTMLElement ? event.target.dataset.message : undefined
    if (at === undefined || event.altKey || event.ctrlKey || event.metaKey) return
    const row = rows.find((one) => one.key === at)
    if (event.key === "ArrowUp") move(-1)
    else if (event.key === "ArrowDown") move(1)
    else if ((event.key === "Enter" || event.key === "ContextMenu") && row?.type === "message")
      actions.menu(row.entry, placeOf(event.target))
    else return
    event.preventDefault()
  }
  const onFocus = (event: FocusEvent<HTMLElement>) => {
    const at = event.target.closest<HTMLElement>("[data-message]")?.dataset.message
    if (at !== undefined) setChosen(at)
  }
  return { active, handlers: { onKeyDown, onFocus } }
}

/** The chosen one while it is in the document, else the lowest in view. */
function reachable(
  virtualizer: Virtualizer<HTMLDivElement, Element>,
  rows: readonly Row[],
  chosen: string | null,
): string | null {
  const items = virtualizer.getVirtualItems()
  if (items.some((item) => item.key === chosen)) return chosen
  const end = virtualizer.range?.endIndex ?? 0
  const lowest = items.findLast((item) => item.index <= end && rows[item.index]?.type === "message")
  return rows[lowest?.index ?? -1]?.key ?? null
}

function rowElement(scroller: HTMLElement | null, key: string): HTMLElement | null {
  return scroller?.querySelector<HTMLElement>(`[data-message="${CSS.escape(key)}"]`) ?? null
}

function placeOf(row: EventTarget): { x: number; y: number } {
  if (!(row instanceof Element)) return { x: 0, y: 0 }
  const { left, top, width } = row.getBoundingClientRect()
  return { x: left + width / 2, y: Math.max(top, 0) + 24 }
}

import type { Summary } from "@parley/sdk"
import { lazy, type ReactNode, Suspense, useEffect } from "react"
import { useLocation } from "wouter"
import { equipped } from "../../equipped.ts"
import { newestFirst, useConversationStore } from "../../state/conversations.ts"
import { closeOverlay, openHelp, openSwitcher, useOverlays } from "./overlays.ts"
import { chatPath } from "./routes.ts"

const Switcher = lazy(() => equipped(import("./Switcher.tsx")))
const Help = lazy(() => equipped(import("./Help.tsx")))

/** The keys that work everywhere, and what they open. */
export function Shortcuts({ open }: { open: string | null }): ReactNode {
  const overlay = useOverlays((overlays) => overlays.open)
  const [, navigate] = useLocation()
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      const wanted = meaning(event)
      if (wanted === null) return
      event.preventDefault()
      if (wanted === "switcher") openSwitcher()
      else if (wanted === "help") openHelp()
      else {
        const summaries = newestFirst(useConversationStore.getState().entries)
        const next = neighbour(summaries, open, wanted.step, wanted.unread)
        if (next !== undefined) navigate(chatPath(next))
      }
    }
    window.addEventListener("keydown", press)
    return () => window.removeEventListener("keydown", press)
  }, [open, navigate])
  return (
    <Suspense>
      {overlay === "switcher" && <Switcher onClose={closeOverlay} />}
      {overlay === "help" && <Help onClose={closeOverlay} />}
    </Suspense>
  )
}

type Meaning = "switcher" | "help" | { step: 1 | -1; unread: boolean }

/** What a key means, wherever the focus is; null: nothing here. */
export function meaning(
  event: Pick<KeyboardEvent, "key" | "ctrlKey" | "metaKey" | "altKey" | "shiftKey">,
): Meaning | null {
  const { key, ctrlKey, metaKey, altKey, shiftKey } = event
  if ((ctrlKey || metaKey) && !altKey && !shiftKey && key.toLowerCase() === "k") return "switcher"
  // Where the slash is on a key that needs Shift, Shift belongs to it.
  if ((ctrlKey || metaKey) && !altKey && key === "/") return "help"
  if (!altKey || ctrlKey || metaKey) return null
  if (key === "ArrowDown") return { step: 1, unread: shiftKey }
  if (key === "ArrowUp") return { step: -1, unread: shiftKey }
  return null
}

/** The conversation after (or before) the open one in the list, going round; `unread`: the next such one. */
export function neighbour(
  summaries: readonly Summary[],
  open: string | null,
  step: 1 | -1,
  unread: boolean,
): string | undefined {
  const count = summaries.length
  const start = summaries.findIndex((each) => each.id === open)
  const from = start === -1 && step === -1 ? count : start
  for (let distance = 1; distance <= count; distance += 1) {
    const each = summaries[(((from + step * distance) % count) + count) % count]
    if (each !== undefined && each.id !== open && (!unread || each.unread > 0 || each.marked_unread)) return each.id
  }
  return undefined
}

/** Whether somebody looks at the page: it is visible and has the focus. */
import { useSyncExternalStore } from "react"

export function isLookedAt(): boolean {
  return document.visibilityState === "visible" && document.hasFocus()
}

/** A small window is looked at only while the focus is in it: it may have come up by itself. */
export function useAttention(root: () => Element | null | undefined, compact: boolean): boolean {
  return useSyncExternalStore(
    watch,
    () => isLookedAt() && (!compact || (root()?.contains(document.activeElement) ?? false)),
  )
}

const EVENTS = ["focus", "blur", "focusin", "focusout"] as const

function watch(listener: () => void): () => void {
  // What has the focus is known only after `focusout` is over.
  const later = () => queueMicrotask(listener)
  for (const name of EVENTS) window.addEventListener(name, later)
  document.addEventListener("visibilitychange", later)
  return () => {
    for (const name of EVENTS) window.removeEventListener(name, later)
    document.removeEventListener("visibilitychange", later)
  }
}

/** What lies over the page when a key asks for it: the switcher and the list of keys. */
import { create } from "zustand"

interface Overlays {
  open: "switcher" | "help" | null
}

export const useOverlays = create<Overlays>(() => ({ open: null }))

export function openSwitcher(): void {
  useOverlays.setState({ open: "switcher" })
}

export function openHelp(): void {
  useOverlays.setState({ open: "help" })
}

export function closeOverlay(): void {
  useOverlays.setState({ open: null })
}

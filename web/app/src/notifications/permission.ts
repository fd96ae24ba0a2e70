/** The browser's leave to show notifications. It is asked for only from a click. */
import { create } from "zustand"

type Permission = NotificationPermission | "unsupported"

export function permission(): Permission {
  return "Notification" in window && "serviceWorker" in navigator ? Notification.permission : "unsupported"
}

const usePermission = create<{ permission: Permission }>(() => ({ permission: permission() }))

/** Whether the user can still be asked, and how. */
export function useAskable(): { askable: boolean; ask: () => Promise<void> } {
  return { askable: usePermission((state) => state.permission) === "default", ask }
}

/** To be called from a click. */
export async function ask(): Promise<void> {
  if (permission() === "default") await Notification.requestPermission()
  usePermission.setState({ permission: permission() })
}

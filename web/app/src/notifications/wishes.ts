/** Which messages an account wants to be notified of: one of its preferences, which the server goes by as well. */
import type { Preferences, Rest } from "@parley/sdk"

const FRESH_MS = 60_000

let known: { user: string; notifications: Preferences["notifications"]; at: number } | null = null

/** Where the preferences cannot be had, nothing is wanted: an unwanted notification is worse than a missing one. */
export async function wants(rest: Rest, user: string, mentioned: boolean): Promise<boolean> {
  if (known === null || known.user !== user || Date.now() - known.at > FRESH_MS) {
    try {
      const { notifications } = await rest.preferences(user)
      known = { user, notifications, at: Date.now() }
    } catch {
      return false
    }
  }
  return known.notifications === "all" || (known.notifications === "mentions" && mentioned)
}

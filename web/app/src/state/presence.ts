/** Who is online: of those one shares a conversation with by what the socket tells, of others as it was asked for. */
import type { Event } from "@parley/sdk"
import { create } from "zustand"

interface Presence {
  online: ReadonlySet<string>
  /** Others who were online when it was asked for. */
  others: ReadonlySet<string>
  /** Since when somebody is online, or until when he was; as far as it was told. */
  lastOnline: ReadonlyMap<string, string>
}

const NOBODY: Presence = { online: new Set(), others: new Set(), lastOnline: new Map() }

export const usePresence = create<Presence>(() => NOBODY)

export function useOnline(user: string | undefined): boolean {
  return usePresence((presence) => user !== undefined && (presence.online.has(user) || presence.others.has(user)))
}

export function useLastOnline(user: string | undefined): string | null {
  return usePresence((presence) => (user === undefined ? null : (presence.lastOnline.get(user) ?? null)))
}

export function apply(event: Event): void {
  if (event.event === "connected") {
    usePresence.setState({ online: new Set(event.online) })
  } else if (event.event === "status") {
    usePresence.setState((presence) => ({
      online: withUser(presence.online, event.user, event.online),
      others: withUser(presence.others, event.user, false),
      lastOnline:
        event.last_online === null
          ? presence.lastOnline
          : new Map(presence.lastOnline).set(event.user, event.last_online),
    }))
  }
}

/** Whom the server named as online, and who are so until it is asked again; of those it tells of, it will tell more. */
export function noteOthers(users: readonly string[]): void {
  usePresence.setState({ others: new Set(users) })
}

function withUser(online: ReadonlySet<string>, user: string, isOnline: boolean): ReadonlySet<string> {
  const changed = new Set(online)
  if (isOnline) changed.add(user)
  else changed.delete(user)
  return changed
}

export function clear(): void {
  usePresence.setState(NOBODY)
}

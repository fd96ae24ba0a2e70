/** Web Push of this browser, for the account that is signed in here. */
import type { Rest } from "@parley/sdk"

/** Whose notifications were switched on in this browser: they are nobody else's. */
const OWNER = "parley.push"

export type PushState = "unsupported" | "blocked" | "off" | "on"

export function pushSupported(): boolean {
  return "serviceWorker" in navigator && "PushManager" in window && "Notification" in window
}

/** Whether it was switched on in this browser, by this user. */
export function isPushOn(user: string): boolean {
  return localStorage.getItem(OWNER) === user
}

export async function pushState(user: string): Promise<PushState> {
  if (!pushSupported()) return "unsupported"
  if (Notification.permission === "denied") return "blocked"
  if (!isPushOn(user)) return "off"
  return (await subscription()) === null ? "off" : "on"
}

/** Only from a click: the browser may ask the user. */
export async function switchOn(rest: Rest, user: string): Promise<PushState> {
  if ((await Notification.requestPermission()) !== "granted") return pushState(user)
  await subscribe(rest)
  localStorage.setItem(OWNER, user)
  return "on"
}

export async function switchOff(rest: Rest): Promise<PushState> {
  localStorage.removeItem(OWNER)
  const found = await subscription()
  if (found === null) return "off"
  await rest.unsubscribePush(found.endpoint)
  await found.unsubscribe()
  return "off"
}

/**
 * What has to be done as soon as somebody is signed in: browsers change their subscriptions, and one that belongs to a
 * user who is not here any more would show his notifications to this one.
 */
export async function keepUp(rest: Rest, user: string): Promise<void> {
  if (!pushSupported() || Notification.permission !== "granted") return
  const owner = localStorage.getItem(OWNER)
  if (owner === user) return subscribe(rest)
  if (owner !== null) {
    localStorage.removeItem(OWNER)
    await (await subscription())?.unsubscribe()
  }
}

async function subscribe(rest: Rest): Promise<void> {
  const { pushManager } = await navigator.serviceWorker.ready
  const applicationServerKey = await rest.pushKey()
  const held = await pushManager.getSubscription()
  const made = held ?? (await pushManager.subscribe({ userVisibleOnly: true, applicationServerKey }))
  const { endpoint, keys } = made.toJSON()
  const { p256dh, auth } = keys ?? {}
  if (endpoint === undefined || p256dh === undefined || auth === undefined)
    throw new Error("a subscription without keys")
  await rest.subscribePush({ endpoint, keys: { p256dh, auth } })
}

async function subscription(): Promise<PushSubscription | null> {
  const registration = await navigator.serviceWorker.getRegistration()
  return (await registration?.pushManager.getSubscription()) ?? null
}

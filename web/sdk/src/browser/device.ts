/** The name of this running client. */
import { newId } from "../core/ids.ts"
import { hold, lockManager } from "./locks.ts"
import { tabStore } from "./storage.ts"

const KEY = "parley.device"
/** A reload may have to wait for its own former page to let go. */
const HANDOVER_SECONDS = 0.5

let known: Promise<string> | null = null

/** The lock that a living tab holds. */
export function deviceLock(device: string): string {
  return `parley.device.${device}`
}

/**
 * Each tab has its own, which a reload keeps; a tab that was duplicated draws another than its original. Where there are
 * no Web Locks, each load draws one.
 */
export function deviceId(): Promise<string> {
  known ??= settle()
  return known
}

async function settle(): Promise<string> {
  const store = tabStore()
  const locks = lockManager()
  if (locks === null) return fresh()
  const former = store?.getItem(KEY)
  if (former && (await hold(locks, deviceLock(former), HANDOVER_SECONDS))) return former
  const device = fresh()
  await hold(locks, deviceLock(device), HANDOVER_SECONDS)
  try {
    store?.setItem(KEY, device)
  } catch {
    // The storage is full: the next load draws another.
  }
  return device
}

function fresh(): string {
  return `web-${newId()}`
}

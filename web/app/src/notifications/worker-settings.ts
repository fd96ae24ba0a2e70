/** What the service worker has to know when no page is open. It cannot read localStorage, so it is kept beside the caches. */

export interface WorkerSettings {
  /** Whether notifications keep names and texts to themselves. */
  readonly hide: boolean
  readonly language: "en" | "de"
}

const CACHE = "parley-settings"
const KEY = "/notification-settings"
const DEFAULTS: WorkerSettings = { hide: false, language: "en" }

/** Whatever was kept last; the defaults where nothing was, or storage is closed to us. */
export async function readSettings(): Promise<WorkerSettings> {
  try {
    const kept = await (await caches.open(CACHE)).match(KEY)
    return kept === undefined ? DEFAULTS : { ...DEFAULTS, ...(await kept.json()) }
  } catch {
    return DEFAULTS
  }
}

export async function changeSettings(change: Partial<WorkerSettings>): Promise<void> {
  const settings = { ...(await readSettings()), ...change }
  await (await caches.open(CACHE)).put(KEY, Response.json(settings))
}

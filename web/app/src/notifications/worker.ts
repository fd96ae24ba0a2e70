/** The service worker as the page sees it. */
import { create } from "zustand"
import type { ToWorker } from "./talk.ts"

interface Update {
  /** A newer version that waits until it is wanted, or until no page of the old one is left. */
  readonly waiting: ServiceWorker | null
}

export const useUpdate = create<Update>(() => ({ waiting: null }))

const HOUR_MS = 3_600_000

/** Registers the worker once the page has nothing more urgent to load; asks hourly whether there is a newer one. */
export function startWorker(): void {
  if (!("serviceWorker" in navigator) || !import.meta.env.PROD) return
  const begin = () => void register()
  if (document.readyState === "complete") begin()
  else window.addEventListener("load", begin, { once: true })
}

async function register(): Promise<void> {
  try {
    const registration = await navigator.serviceWorker.register("/sw.js")
    watch(registration)
    setInterval(() => void registration.update().catch(() => undefined), HOUR_MS)
  } catch {
    // Without it all works but notifications and going offline.
  }
}

function watch(registration: ServiceWorkerRegistration): void {
  const offer = () => useUpdate.setState({ waiting: registration.waiting })
  offer()
  registration.addEventListener("updatefound", () => {
    const installing = registration.installing
    installing?.addEventListener("statechange", () => {
      // The very first one replaces nothing, and waits for nobody.
      if (installing.state === "installed" && navigator.serviceWorker.controller !== null) offer()
    })
  })
}

/** Puts the new version in charge, and reloads this page in it. */
export function takeNewVersion(): void {
  const { waiting } = useUpdate.getState()
  if (waiting === null) return
  navigator.serviceWorker.addEventListener("controllerchange", () => location.reload(), { once: true })
  post(waiting, { type: "activate" })
}

export function dismissUpdate(): void {
  useUpdate.setState({ waiting: null })
}

/** Tells the worker that is active, if there is one. */
export async function tellWorker(message: ToWorker): Promise<void> {
  const registration = await navigator.serviceWorker?.getRegistration()
  if (registration?.active) post(registration.active, message)
}

function post(worker: ServiceWorker, message: ToWorker): void {
  worker.postMessage(message)
}

/** Takes down what was notified of in these conversations: it has been read. */
export async function takeDown(isRead: (conversation: string) => boolean): Promise<void> {
  const registration = await navigator.serviceWorker?.getRegistration()
  const shown = (await registration?.getNotifications()) ?? []
  for (const notification of shown) if (isRead(notification.tag)) notification.close()
}

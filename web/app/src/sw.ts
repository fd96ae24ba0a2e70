/// <reference lib="webworker" />
/** The service worker: the app without a network, and notifications. It keeps nothing that belongs to anybody. */
import { cleanupOutdatedCaches, precacheAndRoute } from "workbox-precaching"
import { announce, type News, readNews, readTold, type Told } from "./notifications/announcing.ts"
import { NOWHERE, type ToPage, type ToWorker, type Whereabouts } from "./notifications/talk.ts"
import { readSettings } from "./notifications/worker-settings.ts"
import { copyOf, isComplete, isPage, versionOf } from "./worker/shell.ts"

declare const self: ServiceWorkerGlobalScope

const manifest = self.__WB_MANIFEST
const files = manifest.map((entry) => `/${typeof entry === "string" ? entry : entry.url}`)
const SHELLS = "parley-shell-"
const SHELL = SHELLS + versionOf(files)
const PAGE_WAIT = 5000
const ANSWER_WAIT = 500

precacheAndRoute(manifest)
cleanupOutdatedCaches()

self.addEventListener("install", (event) => event.waitUntil(keepShell()))
self.addEventListener("activate", (event) => event.waitUntil(dropOldShells()))
self.addEventListener("fetch", (event) => {
  const { request } = event
  if (request.mode === "navigate" && isPage(new URL(request.url).pathname)) event.respondWith(page(request))
})
self.addEventListener("push", (event) => {
  const news = readNews(parsed(event.data?.text() ?? ""))
  if (news !== null) event.waitUntil(inTurn(news))
})
self.addEventListener("message", (event) => {
  const message: ToWorker = event.data
  if (message.type === "activate") event.waitUntil(self.skipWaiting())
  else event.waitUntil(inTurn(message.news))
})
self.addEventListener("notificationclick", (event) => {
  event.notification.close()
  const told = readTold(event.notification.data)
  if (told !== null) event.waitUntil(show(told))
})

async function keepShell(): Promise<void> {
  const shell = await copyOf(await fetch("/", { cache: "no-store" }))
  if (!isComplete(await shell.clone().text(), new Set(files))) throw new Error("the page belongs to another version")
  await (await caches.open(SHELL)).put("/", shell)
}

async function dropOldShells(): Promise<void> {
  const old = (await caches.keys()).filter((name) => name.startsWith(SHELLS) && name !== SHELL)
  await Promise.all(old.map((name) => caches.delete(name)))
}

/** From the network; the shell when that fails, or takes long. */
async function page(request: Request): Promise<Response> {
  const shell = await (await caches.open(SHELL)).match("/")
  if (shell === undefined) return fetch(request)
  try {
    const answer = await Promise.race([fetch(request), late(PAGE_WAIT)])
    return answer === null || answer.status >= 500 ? shell : answer
  } catch {
    return shell
  }
}

let telling: Promise<void> = Promise.resolve()

/** One after another, since each looks at what the one before has shown. */
function inTurn(news: News): Promise<void> {
  telling = telling.then(() => tell(news)).catch(() => undefined)
  return telling
}

async function tell(news: News): Promise<void> {
  const pages = await whereabouts(news.conversation)
  if (pages.some(({ where }) => where.inView)) return
  const before = await self.registration.getNotifications({ tag: news.conversation })
  const notice = announce(news, readTold(before[0]?.data), await readSettings())
  if (notice === null) return
  const { title, body, data } = notice
  const options = {
    body,
    data,
    tag: news.conversation,
    renotify: true,
    icon: "/icons/192.png",
    badge: "/icons/badge.png",
  }
  await self.registration.showNotification(title, options)
}

/** The page that has the chat, or else one that can open it, or else a new one. */
async function show(told: Told): Promise<void> {
  const pages = await whereabouts(told.conversation)
  const best = pages.find(({ where }) => where.open) ?? pages.find(({ where }) => where.canOpen)
  if (best !== undefined) {
    const message: ToPage = { type: "open", conversation: told.conversation }
    if (!best.where.open) best.client.postMessage(message)
    await best.client.focus()
  } else if (told.kind !== "ephemeral") {
    await self.clients.openWindow(`/chats/${told.conversation}`)
  }
}

async function whereabouts(conversation: string): Promise<{ client: WindowClient; where: Whereabouts }[]> {
  const windows = await self.clients.matchAll({ type: "window", includeUncontrolled: true })
  return Promise.all(windows.map(async (client) => ({ client, where: await ask(client, conversation) })))
}

async function ask(client: WindowClient, conversation: string): Promise<Whereabouts> {
  const { port1, port2 } = new MessageChannel()
  const answer = new Promise<Whereabouts>((resolve) => {
    port1.onmessage = (event) => resolve(event.data)
  })
  const question: ToPage = { type: "where", conversation }
  client.postMessage(question, [port2])
  return (await Promise.race([answer, late(ANSWER_WAIT)])) ?? NOWHERE
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

function late(milliseconds: number): Promise<null> {
  return new Promise((resolve) => setTimeout(() => resolve(null), milliseconds))
}

/** Everything about notifications that goes on as long as the page is open. */
import { navigate } from "wouter/use-browser-location"
import { usePopups } from "../state/popups.ts"
import { useSession } from "../state/session.ts"
import { type Settings, useSettings } from "../state/settings.ts"
import { keepUp } from "./push.ts"
import type { ToPage, Whereabouts } from "./talk.ts"
import { followUnread } from "./unread.ts"
import { startWorker, takeDown } from "./worker.ts"
import { changeSettings } from "./worker-settings.ts"

/** Once, when the page begins. */
export function startNotifications(): void {
  followUnread()
  followSession()
  useSettings.subscribe(tellSettings)
  tellSettings(useSettings.getState())
  navigator.serviceWorker?.addEventListener("message", hear)
  navigator.serviceWorker?.startMessages()
  startWorker()
}

function followSession(): void {
  const follow = () => {
    const { kind, user, rest } = useSession.getState()
    // Where push services are out of reach, what was agreed with them stays as it is.
    if (kind === "account" && user !== null) void keepUp(rest, user.id).catch(() => undefined)
  }
  useSession.subscribe(({ kind }, before) => {
    if (kind === before.kind) return
    follow()
    if (kind === "none" && before.kind === "account") void takeDown(() => true)
  })
  follow()
}

function tellSettings({ hide_content, language }: Settings): void {
  // Without a place to keep them the worker goes by its own defaults.
  void changeSettings({ hide: hide_content, language }).catch(() => undefined)
}

function hear(event: MessageEvent<ToPage>): void {
  const message = event.data
  if (message.type === "open") navigate(`/chats/${message.conversation}`)
  else event.ports[0]?.postMessage(whereabouts(message.conversation))
}

function whereabouts(conversation: string): Whereabouts {
  const open = usePopups.getState().shown === conversation
  const inView = open && document.visibilityState === "visible" && document.hasFocus()
  return { open, inView, canOpen: useSession.getState().kind === "account" }
}

/** The page's one connection: hands what happens to every store, in order. */
import { BrowserOutbox, Client, deviceId, type Event, type Session } from "@parley/sdk"
import { AUTHENTICATE } from "./connection.ts"
import { stores } from "./stores.ts"
import { type Together, together } from "./together.ts"

let outbox: BrowserOutbox | null = null
let events: Together<Event> | null = null

/** Connects, and stays connected until the client is closed. `onOver`: the server says that the session is. */
export async function connect(session: Session, onOver: () => void): Promise<Client> {
  for (const store of stores) store.begin?.(session.user.id)
  const device = await deviceId()
  const seat = session.conversation !== undefined
  outbox = await BrowserOutbox.open({ user: session.user.id, device, seat })
  const client = new Client({ session, device, outbox })
  events = together((event) => {
    hand(event)
    if (isOver(event)) onOver()
  })
  client.on(events.add)
  const left = [...client.unsettled, ...client.rejected]
  for (const store of stores) store.adopt?.(left)
  client.start()
  return client
}

function isOver(event: Event): boolean {
  const stopped = event.event === "disconnected" && event.retry_in === null && event.code === AUTHENTICATE
  return event.event === "signed_out" || stopped
}

function hand(event: Event): void {
  for (const store of stores) store.apply(event)
}

/** What came last for the session that has ended reaches none of them any more. */
export function clearStores(): void {
  events?.clear()
  for (const store of stores) store.clear?.()
}

/** Leaves nothing of what the user wrote and has not sent: he signs out, and others may use this browser. */
export function wipeOutbox(): void {
  outbox?.wipe()
  outbox = null
}

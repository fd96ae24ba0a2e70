/** Every store that follows the socket: each is handed each event, in this order. */
import type { Event, Sent } from "@parley/sdk"
import * as inPage from "../notifications/in-page.ts"
import * as connection from "./connection.ts"
import * as conversations from "./conversations.ts"
import * as drafts from "./drafts.ts"
import * as notices from "./notices.ts"
import * as popups from "./popups.ts"
import * as presence from "./presence.ts"
import * as receipts from "./receipts.ts"
import * as sends from "./sends.ts"
import * as timelines from "./timelines.ts"
import * as typing from "./typing.ts"

export interface Store {
  /** This user's from now on. */
  begin?(user: string): void
  /** What the client has brought over from before a reload. */
  adopt?(sent: readonly Sent[]): void
  apply(event: Event): void
  /** Forgets everything: somebody else may sign in. */
  clear?(): void
}

/** `popups` and notifications ask what `conversations` held before an event, so they come first. */
export const stores: readonly Store[] = [
  connection,
  popups,
  inPage,
  conversations,
  presence,
  receipts,
  sends,
  drafts,
  timelines,
  typing,
  notices,
]

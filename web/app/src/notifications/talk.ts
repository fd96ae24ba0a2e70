/** What pages and the service worker say to each other. */
import type { News } from "./announcing.ts"

/** From a page. `news`: a message came while the page was hidden. `activate`: the user wants the new version now. */
export type ToWorker = { type: "news"; news: News } | { type: "activate" }

/** To a page. `where`: answered with a `Whereabouts` through the port that comes along. `open`: show this chat. */
export type ToPage = { type: "where"; conversation: string } | { type: "open"; conversation: string }

/** How a page stands to a conversation. */
export interface Whereabouts {
  /** The page has it on it. */
  readonly open: boolean
  /** And the user is looking at it. */
  readonly inView: boolean
  /** The page could open it: it belongs to whom is signed in there. */
  readonly canOpen: boolean
}

export const NOWHERE: Whereabouts = { open: false, inView: false, canOpen: false }

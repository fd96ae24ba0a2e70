/** The rows of the list: messages in order, with days and the border of the unread between them. */
import type { Message, Sent } from "@parley/sdk"
import { dayOf } from "./days.ts"
import { type Entry, entryOf, entryOfEcho } from "./entries.ts"

export type Row =
  | { readonly type: "day"; readonly key: string; readonly at: string }
  | { readonly type: "unread"; readonly key: string }
  /** What comes between has not been loaded. */
  | { readonly type: "gap"; readonly key: string }
  | { readonly type: "system"; readonly key: string; readonly entry: Entry }
  /** `first`: it begins a group of one sender's messages, and says whose they are. */
  | { readonly type: "message"; readonly key: string; readonly entry: Entry; readonly first: boolean }

export interface Shown {
  /** A contiguous range of the conversation. */
  readonly messages: readonly Message[]
  readonly atStart: boolean
  readonly atEnd: boolean
  readonly outgoing: readonly Sent[]
  readonly me: string
  /** The first message that was unread when the chat was opened. */
  readonly firstUnread: number | null
}

const GROUP_MS = 5 * 60_000

/**
 * Every stored message of the range once, then what is on its way, in the order it was sent. Nothing of a row depends
 * on what comes after it, and of a range that does not begin at the start the first message is only looked at, not
 * shown: so loading more at either end changes none of the rows that were there.
 */
export function rowsOf(shown: Shown): Row[] {
  const { messages, me, atStart } = shown
  const changes = changesBySeq(shown.outgoing)
  const stored = messages.map((message) => entryOf(message, me, changes.get(message.seq)))
  const context = !atStart && stored.length > 1 ? stored.shift() : undefined
  const rows: Row[] = []
  let before = context
  for (const entry of [...stored, ...echoes(shown)]) {
    if (!shown.atEnd && entry.echo !== null && (before?.echo ?? null) === null) rows.push({ type: "gap", key: "gap" })
    rows.push(...separators(entry, before, shown.firstUnread, rows.length === 0 && before === undefined))
    rows.push(rowOf(entry, before, rows.at(-1)))
    before = entry
  }
  return rows
}

function changesBySeq(outgoing: readonly Sent[]): Map<number, Sent[]> {
  const found = new Map<number, Sent[]>()
  for (const sent of outgoing) {
    const seq = sent.given.seq
    if (sent.kind === "message" || seq === undefined) continue
    found.set(seq, [...(found.get(seq) ?? []), sent])
  }
  return found
}

/** Own messages that the range does not hold yet. Those that are stored have their place in what is not loaded. */
function echoes({ messages, atEnd, outgoing, me }: Shown): Entry[] {
  const here = new Set(messages.filter((message) => message.sender === me).map((message) => message.client_id))
  const newest = messages.at(-1)?.seq ?? 0
  return outgoing
    .filter(
      (sent) =>
        sent.kind === "message" && !here.has(sent.id) && (sent.seq === undefined || (atEnd && sent.seq > newest)),
    )
    .map((sent) => entryOfEcho(sent, me))
}

function separators(entry: Entry, before: Entry | undefined, firstUnread: number | null, opens: boolean): Row[] {
  const rows: Row[] = []
  if (opens || (before !== undefined && dayOf(before.at) !== dayOf(entry.at)))
    rows.push({ type: "day", key: `day:${entry.key}`, at: entry.at })
  if (firstUnread !== null && entry.seq !== null && entry.seq >= firstUnread && (before?.seq ?? 0) < firstUnread)
    rows.push({ type: "unread", key: "unread" })
  return rows
}

function rowOf(entry: Entry, before: Entry | undefined, above: Row | undefined): Row {
  if (entry.event !== null) return { type: "system", key: entry.key, entry }
  const apart = above !== undefined && above.type !== "message"
  return { type: "message", key: entry.key, entry, first: apart || !follows(entry, before) }
}

function follows(entry: Entry, before: Entry | undefined): boolean {
  if (before === undefined || before.event !== null || before.sender !== entry.sender) return false
  return new Date(entry.at).getTime() - new Date(before.at).getTime() < GROUP_MS
}

/** The newest message of one's own, if it can be edited: not an older one while the newest is on its way. */
export function lastOwn(rows: readonly Row[]): Entry | null {
  const row = rows.findLast((one) => one.type === "message" && one.entry.own && !one.entry.deleted)
  if (row?.type !== "message" || row.entry.seq === null || row.entry.text === null) return null
  return row.entry
}

/** What a notification says, and whether there is one: the same for a push and for a page that is open but hidden. */
import german from "../locales/de/notifications.json"
import english from "../locales/en/notifications.json"
import type { WorkerSettings } from "./worker-settings.ts"

/** A message that the user may be told of; what the server puts into a push. */
export interface News {
  /** Of the message: `<conversation>.<seq>`. */
  readonly id: string
  readonly conversation: string
  readonly kind: "direct" | "group" | "ephemeral"
  readonly name: string | null
  readonly sender: { readonly name: string }
  readonly mentioned: boolean
  readonly text: string | null
}

/** What a notification remembers of its chat. */
export interface Told {
  readonly conversation: string
  readonly kind: News["kind"]
  /** The number of the newest message it told of, and how many it told of in all. */
  readonly seq: number
  readonly count: number
}

export interface Notice {
  readonly title: string
  readonly body: string
  readonly data: Told
}

/** What came in a push; null when it is nothing this version knows. */
export function readNews(payload: unknown): News | null {
  if (!isRecord(payload) || payload.type !== "message" || !isRecord(payload.sender)) return null
  const { id, conversation, kind, name, mentioned, text, sender } = payload
  if (typeof id !== "string" || typeof conversation !== "string" || typeof sender.name !== "string") return null
  if (kind !== "direct" && kind !== "group" && kind !== "ephemeral") return null
  return {
    id,
    conversation,
    kind,
    name: typeof name === "string" ? name : null,
    sender: { name: sender.name },
    mentioned: mentioned === true,
    text: typeof text === "string" ? text : null,
  }
}

/** What the notification of a chat remembers; null when it is none of ours. */
export function readTold(data: unknown): Told | null {
  if (!isRecord(data)) return null
  const { conversation, kind, seq, count } = data
  if (typeof conversation !== "string" || typeof seq !== "number" || typeof count !== "number") return null
  if (kind !== "direct" && kind !== "group" && kind !== "ephemeral") return null
  return { conversation, kind, seq, count }
}

/** The one notification of a chat after these news; null when it told of them before. */
export function announce(news: News, told: Told | null, settings: WorkerSettings): Notice | null {
  const seq = seqOf(news.id)
  if (told !== null && seq <= told.seq) return null
  const count = (told?.count ?? 0) + 1
  const texts = (settings.language === "de" ? german : english).worker
  const { conversation, kind } = news
  return { ...worded(news, count, settings.hide, texts), data: { conversation, kind, seq, count } }
}

type Texts = typeof english.worker

function worded(news: News, count: number, hide: boolean, texts: Texts): { title: string; body: string } {
  // What is said in an ephemeral chat stays out of the system's list of notifications, which outlives the chat.
  if (hide || news.kind === "ephemeral") return { title: texts.app, body: several(count, texts) ?? texts.someone }
  const sender = news.sender.name
  const title = news.name === null ? sender : fill(texts.group, { sender, name: news.name })
  return { title, body: news.text ?? several(count, texts) ?? (news.mentioned ? texts.mentioned : texts.message) }
}

function several(count: number, texts: Texts): string | null {
  return count > 1 ? fill(texts.count, { count: String(count) }) : null
}

/** All at once: what was put in is text, whatever it looks like. */
function fill(text: string, values: Readonly<Record<string, string>>): string {
  return text.replace(/\{\{(\w+)\}\}/g, (gap, name: string) => values[name] ?? gap)
}

function seqOf(id: string): number {
  return Number(id.slice(id.lastIndexOf(".") + 1))
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null
}

/** Tells the service worker of what arrives while the page is open but hidden; it decides, as it does for pushes. */
import type { Event, Message, Summary } from "@parley/sdk"
import { conversation } from "../state/conversations.ts"
import { isNews } from "../state/popups.ts"
import { useSession } from "../state/session.ts"
import { nameOf } from "../state/summaries.ts"
import type { News } from "./announcing.ts"
import { permission } from "./permission.ts"
import { isPushOn } from "./push.ts"
import { wants } from "./wishes.ts"
import { tellWorker } from "./worker.ts"

/** Has to be told before the store of conversations is: what was known so far tells what is new. */
export function apply(event: Event): void {
  if (event.event !== "message" || document.visibilityState !== "hidden" || permission() !== "granted") return
  const { message } = event
  const summary = conversation(message.conversation)
  if (summary !== undefined && isNews(message))
    void tell(newsOf(message, summary, useSession.getState().user?.id ?? ""))
}

export function newsOf(message: Message, summary: Summary, me: string): News {
  const sender = summary.members.find((member) => member.user === message.sender)
  return {
    id: `${message.conversation}.${message.seq}`,
    conversation: message.conversation,
    kind: summary.kind,
    name: sender === undefined ? null : summary.name,
    // Of a large group only some members are known here.
    sender: { name: sender === undefined ? (summary.name ?? "") : nameOf(sender) },
    mentioned: message.mentions.includes(me),
    text: message.text,
  }
}

async function tell(news: News): Promise<void> {
  const { kind, rest, user } = useSession.getState()
  if (user === null) return
  const wanted = kind === "seat" || (isPushOn(user.id) && (await wants(rest, user.id, news.mentioned)))
  if (wanted) await tellWorker({ type: "news", news })
}

import type { Hit } from "@parley/sdk"
import type { ReactNode } from "react"
import { useTranslation } from "react-i18next"
import { Link } from "wouter"
import { Avatar } from "../../components/Avatar.tsx"
import { RelativeTime } from "../../components/RelativeTime.tsx"
import { conversationTitle, useConversation } from "../../state/conversations.ts"
import { memberOf, nameOf } from "../../state/summaries.ts"
import { chatPath } from "../dashboard/routes.ts"
import { excerpt } from "./excerpt.ts"
import classes from "./HitRow.module.css"

/** A found message; a click opens the chat around it. */
export function HitRow({ hit: { message, highlights }, me }: { hit: Hit; me: string }): ReactNode {
  const { t } = useTranslation()
  const summary = useConversation(message.conversation)
  const member = summary && memberOf(summary, message.sender)
  const name = member ? nameOf(member) : t("somebody")
  return (
    <li>
      <Link href={chatPath(message.conversation, message.seq)} className={classes.hit}>
        <Avatar id={message.sender} name={name} picture={member?.picture} size={36} />
        <div className={classes.words}>
          <div className={classes.head}>
            <span className={classes.where}>
              {message.sender === me ? t("you") : name}
              {summary?.kind === "group" && ` · ${conversationTitle(summary, me)}`}
            </span>
            <span className={classes.when}>
              <RelativeTime at={message.sent_at} />
            </span>
          </div>
          <div className={classes.text}>
            {excerpt(message.text ?? "", highlights).map((part) =>
              part.marked ? (
                <mark key={part.at} className={classes.mark}>
                  {part.text}
                </mark>
              ) : (
                <span key={part.at}>{part.text}</span>
              ),
            )}
          </div>
        </div>
      </Link>
    </li>
  )
}

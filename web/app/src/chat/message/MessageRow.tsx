import type { Message } from "@parley/sdk"
import { memo, type ReactNode } from "react"
import { useTranslation } from "react-i18next"
import { Avatar } from "../../components/Avatar.tsx"
import { useFormat } from "../../format.ts"
import { useChat, useNames } from "../context.ts"
import { Attachments } from "../media/Attachments.tsx"
import type { Entry } from "../model/entries.ts"
import { Body } from "./Body.tsx"
import { Failure } from "./Failure.tsx"
import classes from "./MessageRow.module.css"
import { Quote } from "./Quote.tsx"
import { Reactions } from "./Reactions.tsx"
import { ReachProvider } from "./reach.ts"
import { State } from "./State.tsx"
import { Tools } from "./Tools.tsx"
import { useLongPress } from "./useLongPress.ts"

interface Props {
  entry: Entry
  /** It begins a group, and says whose messages they are. */
  first: boolean
  /** The one that Tab leads to. */
  active: boolean
  /** It was just gone to. */
  marked: boolean
  /** What it answers, where that is loaded. */
  quoted: Message | undefined
}

/** One message, with everything on it. */
export const MessageRow = memo(function MessageRow({ entry, first, active, marked, quoted }: Props): ReactNode {
  const { summary, actions } = useChat()
  const { t } = useTranslation("chat")
  const format = useFormat()
  const nameOf = useNames([entry.sender])
  const named = summary?.kind === "group" && !entry.own
  const name = nameOf(entry.sender)
  const picture = summary?.members.find((member) => member.user === entry.sender)?.picture
  const pressing = useLongPress((at) => actions.menu(entry, at))
  return (
    <article
      className={classes.row}
      data-message={entry.key}
      data-seq={entry.seq ?? undefined}
      data-own={entry.own || undefined}
      data-first={first || undefined}
      data-marked={marked || undefined}
      data-named={named || undefined}
      tabIndex={active ? 0 : -1}
      aria-label={t("message_of", { name, time: format.time(entry.at) })}
      {...pressing}
    >
      <ReachProvider value={active}>
        {named && first && (
          <span className={classes.avatar}>
            <Avatar id={entry.sender} name={name} picture={picture} size={32} />
          </span>
        )}
        <div className={classes.column}>
          {named && first && <span className={classes.name}>{name}</span>}
          <div className={classes.bubble} data-rejected={entry.echo?.state === "rejected" || undefined}>
            <Content entry={entry} quoted={quoted} />
            <State entry={entry} />
          </div>
          <Reactions entry={entry} />
          {entry.echo?.state === "rejected" && <Failure entry={entry} sent={entry.echo} />}
          {entry.refused.map((sent) => (
            <Failure key={sent.id} entry={entry} sent={sent} />
          ))}
        </div>
        <Tools entry={entry} />
      </ReachProvider>
    </article>
  )
})

function Content({ entry, quoted }: { entry: Entry; quoted: Message | undefined }): ReactNode {
  const { t } = useTranslation("chat")
  if (entry.deleted) return <em className={classes.deleted}>{t("deleted")}</em>
  return (
    <>
      {entry.reply_to !== null && <Quote seq={entry.reply_to} known={quoted} />}
      <Attachments ids={entry.media} />
      {entry.text !== null && <Body text={entry.text} mentions={entry.mentions} />}
    </>
  )
}

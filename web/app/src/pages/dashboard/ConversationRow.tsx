import { VisuallyHidden } from "@mantine/core"
import type { Summary } from "@parley/sdk"
import { memo, type ReactNode, useState } from "react"
import { useTranslation } from "react-i18next"
import { Link } from "wouter"
import { Icon } from "../../components/Icon.tsx"
import { RelativeTime } from "../../components/RelativeTime.tsx"
import { Ticks } from "../../components/Ticks.tsx"
import { useFormat } from "../../format.ts"
import { useOutgoing } from "../../state/sends.ts"
import { conversationTitle, isMuted, lastActive, lastStatus } from "../../state/summaries.ts"
import { ConversationFace } from "./ConversationFace.tsx"
import classes from "./ConversationRow.module.css"
import { MenuButton } from "./MenuButton.tsx"
import { Preview } from "./Preview.tsx"
import { chatPath } from "./routes.ts"

interface Props {
  summary: Summary
  me: string
  isOpen: boolean
}

/** A conversation in the list: who, when, what was said last and how far that came, and how much is unread. */
export const ConversationRow = memo(function ConversationRow({ summary, me, isOpen }: Props): ReactNode {
  const { t } = useTranslation()
  const outgoing = useOutgoing(summary.id).findLast((sent) => sent.kind === "message" && sent.seq === undefined)
  const status = outgoing?.state ?? lastStatus(summary, me)
  const title = conversationTitle(summary, me)
  const muted = isMuted(summary, Date.now())
  const [asked, setAsked] = useState(0)
  const ask = () => setAsked((times) => times + 1)
  return (
    <li
      className={classes.row}
      data-open={isOpen || undefined}
      onContextMenu={(event) => {
        event.preventDefault()
        ask()
      }}
    >
      <Link href={chatPath(summary.id)} className={classes.link} aria-current={isOpen ? "page" : undefined}>
        <ConversationFace summary={summary} me={me} size={46} />
        <span className={classes.lines}>
          <span className={classes.line}>
            <span className={classes.name}>{title}</span>
            {muted && <Sign name="mute" text={t("list.muted")} />}
            {summary.blocked && <Sign name="block" text={t("list.blocked")} />}
            <span className={classes.when}>
              {status !== null && <Ticks state={status} />}
              <RelativeTime at={outgoing?.created_at ?? lastActive(summary)} />
            </span>
          </span>
          <span className={classes.line}>
            <span className={classes.last}>
              <Preview summary={summary} outgoing={outgoing} me={me} />
            </span>
            <Unread summary={summary} muted={muted} />
          </span>
        </span>
      </Link>
      <MenuButton summary={summary} asked={asked} ask={ask} className={classes.menu} />
    </li>
  )
})

function Sign({ name, text }: { name: "mute" | "block"; text: string }): ReactNode {
  return (
    <span className={classes.sign} title={text}>
      <Icon name={name} size={14} />
      <VisuallyHidden>{text}</VisuallyHidden>
    </span>
  )
}

function Unread({ summary, muted }: { summary: Summary; muted: boolean }): ReactNode {
  const { t } = useTranslation()
  const format = useFormat()
  if (summary.unread === 0 && !summary.marked_unread) return null
  const text = summary.unread > 0 ? t("list.unread", { count: summary.unread }) : t("list.marked_unread")
  return (
    <span className={classes.count} data-muted={muted || undefined}>
      <span aria-hidden="true">{summary.unread > 0 ? format.number(Math.min(summary.unread, 999)) : " "}</span>
      <VisuallyHidden>{text}</VisuallyHidden>
    </span>
  )
}

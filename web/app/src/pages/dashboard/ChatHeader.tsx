import { ActionIcon } from "@mantine/core"
import type { Summary } from "@parley/sdk"
import { type ReactNode, useState } from "react"
import { useTranslation } from "react-i18next"
import { Link } from "wouter"
import { Icon } from "../../components/Icon.tsx"
import { useFormat } from "../../format.ts"
import { useLastOnline, useOnline } from "../../state/presence.ts"
import { useUser } from "../../state/session.ts"
import { conversationTitle, peerOf } from "../../state/summaries.ts"
import classes from "./ChatHeader.module.css"
import { ConversationFace } from "./ConversationFace.tsx"
import { MenuButton } from "./MenuButton.tsx"
import { detailsPath } from "./routes.ts"

/** Whom one talks to, and what can be done about it. */
export function ChatHeader({ summary }: { summary: Summary }): ReactNode {
  const { t } = useTranslation()
  const me = useUser().id
  const [asked, setAsked] = useState(0)
  const title = conversationTitle(summary, me)
  return (
    <div className={classes.header}>
      <Link href={detailsPath(summary.id)} className={classes.who} title={t("chat.details")}>
        <ConversationFace summary={summary} me={me} size={38} />
        <span className={classes.names}>
          <h1 className={classes.title}>{title}</h1>
          <About summary={summary} me={me} />
        </span>
      </Link>
      <ActionIcon
        component={Link}
        href={`/search?in=${encodeURIComponent(summary.id)}`}
        aria-label={t("chat.search_here")}
        title={t("chat.search_here")}
      >
        <Icon name="search" />
      </ActionIcon>
      <MenuButton summary={summary} asked={asked} ask={() => setAsked(asked + 1)} />
    </div>
  )
}

/** How many members a group has; whether the other one is online, or when he was. */
function About({ summary, me }: { summary: Summary; me: string }): ReactNode {
  const { t } = useTranslation()
  const format = useFormat()
  const peer = peerOf(summary, me)
  const online = useOnline(peer?.user)
  const last = useLastOnline(peer?.user)
  const text =
    peer === undefined
      ? t("chat.members", { count: summary.member_count })
      : online
        ? t("online")
        : last === null
          ? t("offline")
          : t("online_since", { when: format.relative(last) })
  return <div className={classes.about}>{text}</div>
}

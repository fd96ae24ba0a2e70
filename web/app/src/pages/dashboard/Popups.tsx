import { ActionIcon } from "@mantine/core"
import { useMediaQuery } from "@mantine/hooks"
import type { Message, Summary } from "@parley/sdk"
import { type ReactNode, useEffect } from "react"
import { useTranslation } from "react-i18next"
import { Link, useLocation } from "wouter"
import { Chat } from "../../chat/Chat.tsx"
import { Icon } from "../../components/Icon.tsx"
import { conversationTitle, useConversation } from "../../state/conversations.ts"
import { close, usePopups } from "../../state/popups.ts"
import { useUser } from "../../state/session.ts"
import { ConversationFace } from "./ConversationFace.tsx"
import classes from "./Popups.module.css"
import { Preview } from "./Preview.tsx"
import { chatPath } from "./routes.ts"

const TOAST_MILLISECONDS = 7000

/** A box for each conversation in which something new was said while it was not open; on a phone a line above. */
export function Popups(): ReactNode {
  const arrived = usePopups((popups) => popups.arrived)
  const besideChat = usePopups((popups) => popups.shown !== null)
  const wide = useMediaQuery("(min-width: 48em)", true)
  if (arrived.length === 0) return null
  return (
    <div className={wide ? classes.dock : classes.toasts} data-beside-chat={besideChat || undefined}>
      {arrived.map((message) => (
        <Popup key={message.conversation} message={message} wide={wide} />
      ))}
    </div>
  )
}

function Popup({ message, wide }: { message: Message; wide: boolean }): ReactNode {
  const summary = useConversation(message.conversation)
  if (summary === undefined) return null
  return wide ? <Box summary={summary} /> : <Toast summary={summary} seq={message.seq} />
}

function Box({ summary }: { summary: Summary }): ReactNode {
  const { t } = useTranslation()
  const [, navigate] = useLocation()
  const me = useUser().id
  const title = conversationTitle(summary, me)
  const leave = () => {
    close(summary.id)
    // Else whoever uses the keyboard would begin again at the top of the page.
    document.getElementById("pane")?.focus({ preventScroll: true })
  }
  return (
    <section className={classes.box} aria-label={t("popup.label", { title })}>
      <Chat
        conversation={summary.id}
        compact
        header={
          <div className={classes.head}>
            <ConversationFace summary={summary} me={me} size={28} />
            <h2 className={classes.title}>{title}</h2>
            <ActionIcon
              size="md"
              aria-label={t("popup.open", { title })}
              title={t("popup.open", { title })}
              onClick={() => navigate(chatPath(summary.id))}
            >
              <Icon name="open" size={16} />
            </ActionIcon>
            <ActionIcon
              size="md"
              aria-label={t("popup.close", { title })}
              title={t("popup.close", { title })}
              onClick={leave}
            >
              <Icon name="close" size={16} />
            </ActionIcon>
          </div>
        }
      />
    </section>
  )
}

/** Goes by itself; a newer message shows it for longer. */
function Toast({ summary, seq }: { summary: Summary; seq: number }): ReactNode {
  const { t } = useTranslation()
  const me = useUser().id
  const title = conversationTitle(summary, me)
  // biome-ignore lint/correctness/useExhaustiveDependencies: each new message begins the time anew
  useEffect(() => {
    const timer = setTimeout(() => close(summary.id), TOAST_MILLISECONDS)
    return () => clearTimeout(timer)
  }, [summary.id, seq])
  return (
    <div className={classes.toast} role="status">
      <Link href={chatPath(summary.id)} className={classes.link}>
        <ConversationFace summary={summary} me={me} size={36} />
        <div className={classes.words}>
          <strong>{title}</strong>
          <div className={classes.text}>
            <Preview summary={summary} me={me} />
          </div>
        </div>
      </Link>
      <ActionIcon aria-label={t("popup.close", { title })} onClick={() => close(summary.id)}>
        <Icon name="close" size={18} />
      </ActionIcon>
    </div>
  )
}

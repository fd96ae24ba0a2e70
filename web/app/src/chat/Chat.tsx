import type { Client, Rest } from "@parley/sdk"
import { type KeyboardEvent, type ReactNode, useMemo } from "react"
import { useConversation } from "../state/conversations.ts"
import { useOutgoing } from "../state/sends.ts"
import { useSession } from "../state/session.ts"
import { useTimeline } from "../state/timelines.ts"
import { Arrivals } from "./Arrivals.tsx"
import { Asides } from "./Asides.tsx"
import { Begin } from "./Begin.tsx"
import classes from "./Chat.module.css"
import { ChatProvider, type ChatWindow } from "./context.ts"
import { Head } from "./Head.tsx"
import { MessageList } from "./list/MessageList.tsx"
import { loadsOf } from "./loads.ts"
import { lastOwn, rowsOf } from "./model/rows.ts"
import { Notice, useNotice } from "./Notice.tsx"
import { useActions } from "./useActions.ts"
import { useOpening } from "./useOpening.ts"
import { Writing } from "./Writing.tsx"

interface Props {
  conversation: string
  /** A small window beside others: what is in it counts as read only while the focus is. */
  compact?: boolean
  /** The seq of a message to open around, and to highlight. */
  around?: number | undefined
  /** What stands above the messages. */
  header?: ReactNode
  /** Where there is room for one pane only, a button leads back by this. */
  onBack?: (() => void) | undefined
}

/** One conversation, of whatever kind: what was said in it, and where one says something. */
export function Chat({ conversation, compact = false, around, header, onBack }: Props): ReactNode {
  const { rest, client, user } = useSession()
  if (client === null || user === null) return null
  const shared = { conversation, compact, around, header, onBack, rest, client, me: user.id }
  return <Window key={`${conversation} ${user.id}`} {...shared} />
}

interface WindowProps extends Required<Props> {
  rest: Rest
  client: Client
  me: string
}

function Window({ conversation, compact, around, header, onBack, rest, client, me }: WindowProps): ReactNode {
  const summary = useConversation(conversation)
  const { timeline, view } = useTimeline(rest, conversation)
  const outgoing = useOutgoing(conversation)
  const opening = useOpening(timeline, view, summary, me, around, compact)
  const { place, firstUnread, goTo, goToEnd, goToFirstUnread, forgetUnread } = opening
  const notice = useNotice()
  const doing = useActions({ conversation, me, client, goTo, onRefused: notice.refused })
  const { actions } = doing
  const { messages, atStart, atEnd } = view
  const rows = useMemo(
    () => rowsOf({ messages, atStart, atEnd, outgoing, me, firstUnread }),
    [messages, atStart, atEnd, outgoing, me, firstUnread],
  )
  const window = useMemo<ChatWindow>(
    () => ({ conversation, me, summary, rest, client, loads: loadsOf(rest, me), compact, actions }),
    [conversation, me, summary, rest, client, compact, actions],
  )
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== "Escape" || event.defaultPrevented) return
    event.preventDefault()
    goToEnd()
  }
  return (
    <ChatProvider value={window}>
      {/* biome-ignore lint/a11y/noStaticElementInteractions: Esc from anywhere within leads to the newest message */}
      <div className={classes.chat} data-chat={conversation} onKeyDown={onKeyDown}>
        {onBack === undefined ? header : <Head onBack={onBack}>{header}</Head>}
        <Writing
          messages={messages}
          onSent={() => {
            forgetUnread()
            goToEnd()
          }}
          onEditLast={() => {
            const last = lastOwn(rows)
            if (last !== null) actions.edit(last)
          }}
          notice={<Notice notice={notice} />}
        >
          {rows.length === 0 ? (
            <Begin view={view} onRetry={() => void timeline.reset()} />
          ) : (
            <MessageList
              rows={rows}
              timeline={timeline}
              view={view}
              place={place}
              firstUnread={firstUnread}
              onBottom={goToEnd}
              onFirstUnread={goToFirstUnread}
            />
          )}
        </Writing>
        <Arrivals />
        <Asides doing={doing} onCopied={notice.copied} />
      </div>
    </ChatProvider>
  )
}

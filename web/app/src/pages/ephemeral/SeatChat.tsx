import type { SeatSession } from "@parley/sdk"
import { type ReactNode, useEffect } from "react"
import { Chat } from "../../chat/Chat.tsx"
import { ConnectionBanner } from "../../components/ConnectionBanner.tsx"
import { AUTHENTICATE, useConnection } from "../../state/connection.ts"
import { useConversationStore } from "../../state/conversations.ts"
import { useNotices } from "../../state/notices.ts"
import { usePageTitle } from "../../state/page.ts"
import { show } from "../../state/popups.ts"
import type { EndedBy } from "./Ended.tsx"
import { NoticeBars } from "./NoticeBars.tsx"
import classes from "./SeatChat.module.css"
import { SeatHeader } from "./SeatHeader.tsx"

interface Props {
  session: SeatSession
  onEnded: (by: EndedBy) => void
  /** The server lets this seat in no more, and it is not known why. */
  onLost: () => void
}

/** The chat of whoever sits here, until it ends. */
export function SeatChat({ session, onEnded, onLost }: Props): ReactNode {
  const { conversation, user, peer } = session
  const { endedBy } = useNotices(conversation)
  const gone = useConversationStore((store) => store.gone.has(conversation))
  const stopped = useConnection((connection) => connection.stopped)
  usePageTitle(peer.username)
  useEffect(() => {
    show(conversation)
    return () => show(null)
  }, [conversation])

  useEffect(() => {
    if (endedBy !== null) onEnded(whoEnded(endedBy, user.username))
    else if (gone) onEnded(null)
    else if (stopped === AUTHENTICATE) onLost()
  }, [endedBy, gone, stopped, user.username, onEnded, onLost])

  return (
    <main className={classes.page}>
      <Chat
        conversation={conversation}
        header={
          <>
            <SeatHeader session={session} onEnded={() => onEnded({ you: true })} />
            <ConnectionBanner />
            <NoticeBars conversation={conversation} me={user.username} peer={peer.username} />
          </>
        }
      />
    </main>
  )
}

/** `by` is a name, or what ends chats by itself. */
function whoEnded(by: string, me: string): EndedBy {
  if (by === me) return { you: true }
  return by === "inactivity" || by === "expired" ? by : { name: by }
}

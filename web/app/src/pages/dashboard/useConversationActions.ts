import type { Summary } from "@parley/sdk"
import { useMemo } from "react"
import { complain } from "../../state/complaints.ts"
import { learn, noteRead } from "../../state/conversations.ts"
import { useClient, useSession } from "../../state/session.ts"

/** What a user can do with a conversation of his. What fails is said on the page; leaving and blocking throw. */
export function useConversationActions(summary: Summary) {
  const rest = useSession((session) => session.rest)
  const client = useClient()
  const { id, seq, marked_unread: marked, blocked } = summary
  return useMemo(() => {
    const noted = (asking: Promise<Summary>) => asking.then(learn).catch(complain)
    return {
      mute: (until: string | null) => noted(rest.mute(id, until)),
      unmute: () => noted(rest.unmute(id)),
      markUnread: () => noted(rest.markUnread(id)),
      markRead: async () => {
        client.read(id, seq)
        noteRead(id, seq)
        if (marked) await noted(rest.markRead(id))
      },
      leave: () => rest.leave(id),
      block: (user: string) => rest.block(user),
      unblock: (user: string) => (blocked ? rest.unblock(user).catch(complain) : Promise.resolve()),
    }
  }, [rest, client, id, seq, marked, blocked])
}

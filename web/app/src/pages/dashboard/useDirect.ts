import { RequestFailed } from "@parley/sdk"
import { useCallback } from "react"
import { useLocation } from "wouter"
import { type Action, useAction } from "../../components/useAction.ts"
import { learn, useConversationStore } from "../../state/conversations.ts"
import { useSession } from "../../state/session.ts"
import { peerOf } from "../../state/summaries.ts"
import { chatPath } from "./routes.ts"

/** Opens the one chat with somebody, which is begun where there is none. */
export function useDirect(): Action<[user: string]> {
  const rest = useSession((session) => session.rest)
  const [, navigate] = useLocation()
  const open = useCallback(
    async (user: string) => {
      const known = directWith(user)
      if (known !== undefined) return navigate(chatPath(known))
      const { messages: _messages, more: _more, ...summary } = await rest.direct(user)
      learn(summary)
      navigate(chatPath(summary.id))
    },
    [rest, navigate],
  )
  return useAction(open)
}

function directWith(user: string): string | undefined {
  const { entries, me } = useConversationStore.getState()
  for (const { summary } of entries.values()) {
    if (summary.kind === "direct" && peerOf(summary, me)?.user === user) return summary.id
  }
  return undefined
}

/** Whether it is accepted and not done yet: it will be, and then it appears in the list. */
export function isPending(failure: unknown): boolean {
  return failure instanceof RequestFailed && failure.status === 202
}

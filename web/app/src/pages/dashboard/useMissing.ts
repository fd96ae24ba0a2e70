import { RequestFailed } from "@parley/sdk"
import { useEffect, useState } from "react"
import { learn, useConversationStore } from "../../state/conversations.ts"
import { useSession } from "../../state/session.ts"

/**
 * Why a conversation is not there: `removed`, `left`, `deleted`, `ended`, or the failure to get it. Null while it is
 * there, or not yet known: one that the server has not announced is asked for.
 */
export function useMissing(id: string): unknown {
  const rest = useSession((session) => session.rest)
  const isThere = useConversationStore((store) => store.entries.has(id))
  const loaded = useConversationStore((store) => store.loaded)
  const gone = useConversationStore((store) => store.gone.get(id))
  const [failure, setFailure] = useState<unknown>(null)
  const ask = loaded && !isThere && gone === undefined
  useEffect(() => {
    if (!ask) return
    let here = true
    setFailure(null)
    rest.conversation(id).then(learn, (problem) => here && setFailure(problem))
    return () => {
      here = false
    }
  }, [ask, id, rest])
  return isThere ? null : (gone ?? failure)
}

/** Whether the server says that there is no such conversation, or not for this user. */
export function isForeign(why: unknown): boolean {
  return why instanceof RequestFailed && (why.code === "not_found" || why.code === "not_a_member" || why.status === 400)
}

import { useQuery } from "@tanstack/react-query"
import { useEffect } from "react"
import { noteOthers } from "../../state/presence.ts"
import { queries } from "../../state/queries.ts"
import { useSession } from "../../state/session.ts"

const AGAIN_MILLISECONDS = 30_000

/** Asks, as long as everybody is shown, who of them is online: the socket tells it only of those one talks with. */
export function useWhoIsOnline(): void {
  const rest = useSession((session) => session.rest)
  const asked = useQuery(
    {
      queryKey: ["online"],
      queryFn: async () => (await rest.activeUsers()).users.map((user) => user.id),
      refetchInterval: AGAIN_MILLISECONDS,
    },
    queries,
  )
  const online = asked.data
  useEffect(() => {
    if (online === undefined) return
    noteOthers(online)
    return () => noteOthers([])
  }, [online])
}

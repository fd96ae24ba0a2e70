import type { Profile } from "@parley/sdk"
import { useInfiniteQuery } from "@tanstack/react-query"
import { useEffect, useState } from "react"
import { queries } from "../state/queries.ts"
import { useSession } from "../state/session.ts"

/** Nobody types a name in one go: asking waits for so long a pause. */
const PAUSE_MILLISECONDS = 250

export interface People {
  /** Without the user himself, in the order of their usernames. */
  found: readonly Profile[]
  /** Loads those after them; null: these are all. */
  more: (() => void) | null
  loading: boolean
  error: unknown
}

/** Everybody, or those whose username or name begins with what is looked for. */
export function usePeople(wanted: string): People {
  const { rest, user } = useSession()
  const q = usePaused(wanted.trim())
  const asked = useInfiniteQuery(
    {
      queryKey: ["people", user?.id, q],
      queryFn: ({ pageParam }) =>
        rest.users({ ...(q !== "" && { q }), ...(pageParam !== null && { cursor: pageParam }) }),
      initialPageParam: null as string | null,
      getNextPageParam: (last) => last.next,
    },
    queries,
  )
  const found = asked.data?.pages.flatMap((page) => page.users).filter((each) => each.id !== user?.id) ?? []
  return {
    found,
    more: asked.hasNextPage && !asked.isFetchingNextPage ? () => void asked.fetchNextPage() : null,
    loading: asked.isPending || asked.isFetchingNextPage,
    error: asked.error,
  }
}

function usePaused(value: string): string {
  const [paused, setPaused] = useState(value)
  useEffect(() => {
    const timer = setTimeout(() => setPaused(value), PAUSE_MILLISECONDS)
    return () => clearTimeout(timer)
  }, [value])
  return paused
}

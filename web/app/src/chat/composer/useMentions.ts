import type { Member } from "@parley/sdk"
import { type KeyboardEvent, useMemo, useState } from "react"
import { useChat } from "../context.ts"
import { mentionable, mentionQuery } from "../model/mentions.ts"

export interface Mentions {
  /** Who is offered now; empty while nobody is being mentioned. */
  readonly offered: readonly Member[]
  readonly chosen: number
  choose(index: number): void
  /** Whether the key was one for the list. */
  key(event: KeyboardEvent): boolean
}

const NOBODY: readonly Member[] = []

/** Offers the members of a group while one writes `@…`; `take` is told who was chosen. */
export function useMentions(text: string, caret: number | null, take: (username: string) => void): Mentions {
  const { summary, me } = useChat()
  const query = caret === null || summary?.kind !== "group" ? null : mentionQuery(text, caret)
  const [closed, setClosed] = useState<string | null>(null)
  const [choice, setChoice] = useState({ query: "", index: 0 })
  const offered = useMemo(
    () => (query === null || query === closed ? NOBODY : mentionable(summary?.members ?? NOBODY, query, me)),
    [summary, query, closed, me],
  )
  const chosen = choice.query === query ? Math.min(choice.index, offered.length - 1) : 0
  const choose = (index: number) => setChoice({ query: query ?? "", index })

  const key = (event: KeyboardEvent) => {
    if (offered.length === 0 || event.nativeEvent.isComposing) return false
    if (event.key === "ArrowDown") choose((chosen + 1) % offered.length)
    else if (event.key === "ArrowUp") choose((chosen + offered.length - 1) % offered.length)
    else if (event.key === "Escape") setClosed(query)
    else if (event.key === "Enter" || event.key === "Tab") take(offered[chosen]?.username ?? "")
    else return false
    event.preventDefault()
    event.stopPropagation()
    return true
  }
  return { offered, chosen, choose, key }
}

/** What every part of one chat window needs of it. */
import type { Client, Profile, Rest, Summary } from "@parley/sdk"
import { createContext, useContext, useEffect, useMemo, useSyncExternalStore } from "react"
import { useTranslation } from "react-i18next"
import { nameOf } from "../state/summaries.ts"
import type { Loads } from "./loads.ts"
import type { Entry } from "./model/entries.ts"

/** What can be done to a message. */
export interface Actions {
  reply(entry: Entry): void
  edit(entry: Entry): void
  /** Asks first. */
  remove(entry: Entry): void
  react(entry: Entry, emoji: string): void
  /** Opens what can be done, at a place on the screen. */
  menu(entry: Entry, at: { x: number; y: number }): void
  /** Opens the picker of reactions there. */
  pick(entry: Entry, at: { x: number; y: number }): void
  goTo(seq: number): void
  retry(id: string): void
  /** Back into the composer. */
  writeAgain(entry: Entry): void
  discard(id: string): void
}

export interface ChatWindow {
  readonly conversation: string
  readonly me: string
  readonly summary: Summary | undefined
  readonly rest: Rest
  readonly client: Client
  readonly loads: Loads
  readonly compact: boolean
  readonly actions: Actions
}

const Context = createContext<ChatWindow | null>(null)

export const ChatProvider = Context.Provider

export function useChat(): ChatWindow {
  const window = useContext(Context)
  if (window === null) throw new Error("this is part of a chat window")
  return window
}

/** Says what people are called: by the conversation's members, else by what is loaded of them. */
export function useNames(users: readonly string[]): (user: string) => string {
  const { summary, loads } = useChat()
  const { t } = useTranslation("chat")
  const { people } = loads
  const members = summary?.members
  const key = users.join(" ")
  const known = useMemo(() => new Map(members?.map((member) => [member.user, nameOf(member)])), [members])
  const loaded = useSyncExternalStore(people.subscribe, () =>
    key
      .split(" ")
      .map((user) => nameOr(people.get(user)))
      .join("\n"),
  )
  useEffect(() => {
    for (const user of key.split(" ")) if (user !== "" && !known.has(user)) people.want(user)
  }, [people, known, key])
  return useMemo(() => {
    const names = loaded.split("\n")
    const byUser = new Map(key.split(" ").map((user, index) => [user, names[index] ?? ""]))
    return (user) => known.get(user) || byUser.get(user) || t("somebody")
  }, [known, loaded, key, t])
}

function nameOr(profile: Profile | null | undefined): string {
  return profile ? nameOf(profile) : ""
}

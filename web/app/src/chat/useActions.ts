import { type Client, OutboxFull, type Sent } from "@parley/sdk"
import { useMemo, useState } from "react"
import { saveDraft, useDrafts } from "../state/drafts.ts"
import { drop, useSends } from "../state/sends.ts"
import type { Actions } from "./context.ts"
import type { Entry } from "./model/entries.ts"

interface At {
  readonly entry: Entry
  readonly at: { x: number; y: number }
}

/** What is open beside a message. */
export type Aside =
  | ({ readonly kind: "menu" } & At)
  | ({ readonly kind: "pick" } & At)
  | { readonly kind: "info"; readonly entry: Entry }
  | { readonly kind: "remove"; readonly entry: Entry }

export interface Doing {
  readonly actions: Actions
  readonly aside: Aside | null
  open(aside: Aside): void
  /** Closes this one, if nothing has been opened in its place. */
  close(aside: Aside): void
  remove(entry: Entry): void
}

interface Given {
  conversation: string
  me: string
  client: Client
  goTo: (seq: number) => void
  onRefused: (reason: "full" | "unknown") => void
}

/** Everything that is done to messages: it is shown at once, and what is refused is said. */
export function useActions({ conversation, me, client, goTo, onRefused }: Given): Doing {
  const [aside, setAside] = useState<Aside | null>(null)
  const [actions, remove] = useMemo(() => {
    const attempt = (what: () => void) => {
      try {
        what()
      } catch (error) {
        onRefused(error instanceof OutboxFull ? "full" : "unknown")
      }
    }
    const again = (sent: Sent) => {
      const { seq, emoji, on } = sent.given
      if (sent.kind === "delete" && seq !== undefined) client.delete(conversation, seq)
      else if (sent.kind === "react" && seq !== undefined && emoji !== undefined)
        client.react(conversation, seq, emoji, on === true)
      else client.retry(sent.id)
    }
    const discard = (id: string) => {
      client.discard(id)
      drop(conversation, id)
    }
    const edit = (seq: number, text: string) => {
      const { text: before, edits } = useDrafts.getState().byConversation[conversation] ?? { text: "" }
      saveDraft(conversation, { text, edits: { seq, before: edits?.before ?? before } })
    }
    const actions: Actions = {
      reply: ({ seq }) => {
        const { text, edits } = useDrafts.getState().byConversation[conversation] ?? { text: "" }
        if (seq !== null) saveDraft(conversation, { text: edits?.before ?? text, reply_to: seq })
      },
      edit: ({ seq, text }) => seq !== null && text !== null && edit(seq, text),
      remove: (entry) => setAside({ kind: "remove", entry }),
      react: ({ seq, reactions }, emoji) => {
        const on = !(reactions[emoji] ?? []).includes(me)
        if (seq !== null) attempt(() => client.react(conversation, seq, emoji, on))
      },
      menu: (entry, at) => setAside({ kind: "menu", entry, at }),
      pick: (entry, at) => setAside({ kind: "pick", entry, at }),
      goTo,
      retry: (id) =>
        attempt(() => {
          const sent = useSends.getState().byConversation[conversation]?.find((one) => one.id === id)
          if (sent !== undefined) again(sent)
          drop(conversation, id)
        }),
      writeAgain: ({ seq, text, echo, reply_to }) => {
        if (text === null || echo === null) return
        if (echo.kind === "edit" && seq !== null) edit(seq, text)
        else saveDraft(conversation, reply_to === null ? { text } : { text, reply_to })
        discard(echo.id)
      },
      discard,
    }
    const remove = ({ seq }: Entry) => {
      if (seq !== null) attempt(() => client.delete(conversation, seq))
    }
    return [actions, remove] as const
  }, [conversation, me, client, goTo, onRefused])
  return { actions, aside, open: setAside, close: (closed) => setAside((now) => (now === closed ? null : now)), remove }
}

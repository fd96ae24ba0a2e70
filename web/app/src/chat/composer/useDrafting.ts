import { FrameTooLarge, OutboxFull } from "@parley/sdk"
import { useState } from "react"
import { type Draft, EMPTY, saveDraft, useDraft } from "../../state/drafts.ts"
import { useChat } from "../context.ts"
import { mentionsIn } from "../model/mentions.ts"

export type Refusal = "full" | "too_large" | "unknown"

export interface Drafting {
  readonly draft: Draft
  /** Why what was sent last was not taken; it is still in the composer. */
  readonly refusal: Refusal | null
  write(text: string): void
  /** Edit or answer nothing any more; what was written before an edit comes back. */
  cancel(): void
  /** Whether it was taken. */
  send(media: readonly string[]): boolean
}

/** What one writes in this chat: kept as a draft, then a message, an answer or an edit. */
export function useDrafting(): Drafting {
  const { conversation, client, summary } = useChat()
  const draft = useDraft(conversation)
  const [refusal, setRefusal] = useState<Refusal | null>(null)

  const submit = (text: string, media: readonly string[]) => {
    const { edits, reply_to } = draft
    if (edits !== undefined) {
      client.edit(conversation, edits.seq, text)
      return
    }
    client.submit(conversation, {
      ...(text !== "" && { text }),
      ...(media.length > 0 && { media: [...media] }),
      ...(reply_to !== undefined && { reply_to }),
      mentions: summary?.kind === "group" ? mentionsIn(text, summary.members) : [],
    })
  }
  return {
    draft,
    refusal,
    write: (text) => {
      setRefusal(null)
      saveDraft(conversation, { ...draft, text })
    },
    cancel: () => saveDraft(conversation, without(draft)),
    send: (media) => {
      try {
        submit(draft.text.trim(), media)
      } catch (error) {
        setRefusal(error instanceof OutboxFull ? "full" : error instanceof FrameTooLarge ? "too_large" : "unknown")
        return false
      }
      saveDraft(conversation, draft.edits === undefined ? EMPTY : without(draft))
      return true
    },
  }
}

function without({ text, edits }: Draft): Draft {
  return { text: edits === undefined ? text : edits.before }
}

import type { Message } from "@parley/sdk"
import { type ReactNode, useRef } from "react"
import { useConversationStore } from "../state/conversations.ts"
import { useDraft } from "../state/drafts.ts"
import classes from "./Chat.module.css"
import { BlockedComposer, ClosedComposer } from "./composer/ClosedComposer.tsx"
import { Composer } from "./composer/Composer.tsx"
import { useUploads } from "./composer/useUploads.ts"
import { useChat } from "./context.ts"
import { Dropping } from "./Dropping.tsx"
import { TypingLine } from "./TypingLine.tsx"

interface Props {
  messages: readonly Message[]
  onSent: () => void
  onEditLast: () => void
  /** Between the messages and the composer. */
  notice: ReactNode
  /** The messages: files are dropped anywhere on them. */
  children: ReactNode
}

/** The messages, and below them where one writes, or why one cannot. */
export function Writing({ messages, onSent, onEditLast, notice, children }: Props): ReactNode {
  const { conversation, summary } = useChat()
  const gone = useConversationStore((store) => store.gone.get(conversation))
  const uploads = useUploads()
  const input = useRef<HTMLTextAreaElement>(null)
  const area = useRef<HTMLDivElement>(null)
  const { edits, reply_to } = useDraft(conversation)
  const closed = gone !== undefined || summary === undefined || summary.blocked
  const takesFiles = !closed && summary.kind !== "ephemeral" && edits === undefined
  const leave = () => area.current?.querySelector<HTMLElement>("[data-messages]")?.focus()
  const seq = edits?.seq ?? reply_to
  return (
    <Dropping className={classes.area} onFiles={takesFiles ? uploads.add : null}>
      <div ref={area} className={classes.messages}>
        {children}
      </div>
      <TypingLine />
      {notice}
      {gone !== undefined && <ClosedComposer reason={gone} />}
      {gone === undefined && summary?.blocked === true && <BlockedComposer />}
      {!closed && (
        <Composer
          input={input}
          uploads={uploads}
          context={seq === undefined ? undefined : messages.find((message) => message.seq === seq)}
          onSent={onSent}
          onEditLast={onEditLast}
          onLeave={leave}
        />
      )}
    </Dropping>
  )
}

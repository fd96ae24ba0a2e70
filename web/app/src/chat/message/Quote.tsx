import type { Message } from "@parley/sdk"
import type { ReactNode } from "react"
import { useTranslation } from "react-i18next"
import { useChat, useNames } from "../context.ts"
import { useLoaded } from "../loaded.ts"
import classes from "./Quote.module.css"
import { useTabIndex } from "./reach.ts"

interface Props {
  seq: number
  /** The message itself, where it is among those that are loaded. */
  known: Message | undefined
}

/** The beginning of the message that is answered; it leads there. */
export function Quote({ seq, known }: Props): ReactNode {
  const { actions } = useChat()
  const { t } = useTranslation("chat")
  const { name, text } = useQuoted(seq, known)
  const tabIndex = useTabIndex()
  return (
    <button
      type="button"
      tabIndex={tabIndex}
      className={classes.quote}
      title={t("show_original")}
      onClick={() => actions.goTo(seq)}
    >
      <span className={classes.name}>{name}</span>
      <span className={classes.text}>{text}</span>
    </button>
  )
}

/** Whose it is and how it begins. */
export function useQuoted(seq: number | null, known: Message | undefined): { name: string; text: string } {
  const { conversation, loads } = useChat()
  const { t } = useTranslation("chat")
  const loaded = useLoaded(loads.messages, known === undefined && seq !== null ? `${conversation}.${seq}` : null)
  const message = known ?? loaded
  const nameOf = useNames(message ? [message.sender] : [])
  if (message === undefined) return { name: "", text: "…" }
  if (message === null) return { name: t("original_unknown"), text: t("original_gone") }
  const name = nameOf(message.sender)
  if ((message.deleted_at ?? null) !== null) return { name, text: t("deleted") }
  return { name, text: message.text ?? t("attachment") }
}

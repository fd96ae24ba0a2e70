import { ActionIcon } from "@mantine/core"
import type { Message } from "@parley/sdk"
import type { ReactNode } from "react"
import { useTranslation } from "react-i18next"
import { Icon } from "../../components/Icon.tsx"
import { useChat } from "../context.ts"
import { Glyph } from "../Glyph.tsx"
import { useQuoted } from "../message/Quote.tsx"
import classes from "./ContextBar.module.css"

interface Props {
  kind: "edit" | "reply"
  seq: number
  known: Message | undefined
  onCancel: () => void
}

/** What is being edited or answered. */
export function ContextBar({ kind, seq, known, onCancel }: Props): ReactNode {
  const { actions } = useChat()
  const { t } = useTranslation("chat")
  const { name, text } = useQuoted(seq, known)
  const editing = kind === "edit"
  return (
    <div className={classes.bar}>
      {editing ? <Icon name="edit" size={18} /> : <Glyph name="reply" size={18} />}
      <button type="button" className={classes.original} onClick={() => actions.goTo(seq)}>
        <span className={classes.what}>{editing ? t("composer.editing") : t("composer.replying", { name })}</span>
        <span className={classes.text}>{text}</span>
      </button>
      <ActionIcon aria-label={editing ? t("composer.cancel_edit") : t("composer.cancel_reply")} onClick={onCancel}>
        <Icon name="close" size={18} />
      </ActionIcon>
    </div>
  )
}

import type { Message, Sent, Summary } from "@parley/sdk"
import type { TFunction } from "i18next"
import type { ReactNode } from "react"
import { useTranslation } from "react-i18next"
import { memberOf, nameOf } from "../../state/summaries.ts"

interface Props {
  summary: Summary
  /** One's own message that is on its way, which comes after the last one. */
  outgoing?: Sent | undefined
  me: string
}

/** What was said last, in one line. */
export function Preview({ summary, outgoing, me }: Props): ReactNode {
  const { t } = useTranslation()
  if (outgoing !== undefined) return t("list.you_said", { text: outgoing.given.text ?? t("list.photo") })
  const last = summary.last_message
  if (last === null) return t("list.nothing")
  if (last.kind === "system") return systemText(t, summary, last, me)
  const text = last.deleted_at ? t("list.deleted") : last.text || t("list.photo")
  if (last.sender === me) return t("list.you_said", { text })
  return summary.kind === "group" ? t("list.said", { name: who(t, summary, last.sender, me), text }) : text
}

function systemText(t: TFunction, summary: Summary, { event }: Message, me: string): string {
  if (event === null) return ""
  const by = who(t, summary, event.by, me)
  const user = who(t, summary, event.user ?? event.by, me)
  switch (event.type) {
    case "role":
      return t(event.role === "admin" ? "system.role_admin" : "system.role_member", { by, user })
    case "changed":
      return event.fields?.includes("name")
        ? t("system.renamed", { by, name: event.name ?? "" })
        : t("system.changed", { by })
    default:
      return t(`system.${event.type}`, { by, user })
  }
}

function who(t: TFunction, summary: Summary, user: string, me: string): string {
  if (user === me) return t("you")
  const member = memberOf(summary, user)
  return member === undefined ? t("somebody") : nameOf(member)
}

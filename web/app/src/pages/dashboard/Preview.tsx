import type { Sent, Summary } from "@parley/sdk"
import type { TFunction } from "i18next"
import type { ReactNode } from "react"
import { useTranslation } from "react-i18next"
import { sentencesOf } from "../../chat/model/system.ts"
import { memberOf, nameOf } from "../../state/summaries.ts"

interface Props {
  summary: Summary
  /** One's own message that is on its way, which comes after the last one. */
  outgoing?: Sent | undefined
  me: string
}

/** What was said last, in one line. */
export function Preview({ summary, outgoing, me }: Props): ReactNode {
  const { t } = useTranslation(["common", "chat"])
  if (outgoing !== undefined) return t("list.you_said", { text: outgoing.given.text ?? t("list.photo") })
  const last = summary.last_message
  if (last === null) return t("list.nothing")
  if (last.event) {
    const name = (user: string) => who(t, summary, user, me)
    return sentencesOf(last.event, me, name)
      .map(({ key, ...values }) => t(`chat:${key}`, values))
      .join(". ")
  }
  const text = last.deleted_at ? t("list.deleted") : last.text || t("list.photo")
  if (last.sender === me) return t("list.you_said", { text })
  return summary.kind === "group" ? t("list.said", { name: who(t, summary, last.sender, me), text }) : text
}

function who(t: TFunction<["common", "chat"]>, summary: Summary, user: string, me: string): string {
  if (user === me) return t("you")
  const member = memberOf(summary, user)
  return member === undefined ? t("somebody") : nameOf(member)
}

import type { Message } from "@parley/sdk"
import type { ReactNode } from "react"
import { useTranslation } from "react-i18next"
import { useFormat } from "../../format.ts"
import { useChat, useNames } from "../context.ts"
import { sentencesOf } from "../model/system.ts"
import classes from "./SystemRow.module.css"

interface Props {
  event: NonNullable<Message["event"]>
  at: string
}

/** What happened to the group, in words. */
export function SystemRow({ event, at }: Props): ReactNode {
  const { me } = useChat()
  const { t } = useTranslation("chat")
  const format = useFormat()
  const users = [event.by, event.user ?? null, event.successor ?? null].filter((user) => user !== null)
  const nameOf = useNames(users)
  const texts = sentencesOf(event, me, nameOf).map(({ key, ...values }) => t(key, values))
  return (
    <div className={classes.system} title={format.full(at)}>
      {texts.map((text) => (
        <p key={text}>{text}</p>
      ))}
    </div>
  )
}

import type { ReactNode } from "react"
import { useTranslation } from "react-i18next"
import { useFormat } from "../../format.ts"
import { dayOf } from "../model/days.ts"
import classes from "./Borders.module.css"

/** Where another day begins. */
export function DayRow({ at }: { at: string }): ReactNode {
  const format = useFormat()
  return (
    <div className={classes.day} data-day>
      <time dateTime={dayOf(at)}>{format.day(at)}</time>
    </div>
  )
}

/** Where the unread begins. */
export function UnreadRow(): ReactNode {
  const { t } = useTranslation("chat")
  return (
    <div className={classes.unread} data-unread>
      <span>{t("new_messages")}</span>
    </div>
  )
}

/** Where something is missing that has not been loaded yet. */
export function GapRow(): ReactNode {
  const { t } = useTranslation("chat")
  return <div className={classes.gap}>{t("gap")}</div>
}

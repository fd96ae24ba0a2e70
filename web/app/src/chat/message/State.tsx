import type { ReactNode } from "react"
import { useTranslation } from "react-i18next"
import { Ticks } from "../../components/Ticks.tsx"
import { useFormat } from "../../format.ts"
import { useDelivery } from "../../state/receipts.ts"
import { useChat } from "../context.ts"
import type { Entry } from "../model/entries.ts"
import classes from "./State.module.css"

/** When it was said, whether it was edited, and of an own message how far it has come. */
export function State({ entry }: { entry: Entry }): ReactNode {
  const { t } = useTranslation("chat")
  const format = useFormat()
  const edited = entry.edited_at
  return (
    <span className={classes.state}>
      {edited !== null && !entry.deleted && (
        <span title={t("edited_at", { time: format.full(edited) })}>{t("edited")}</span>
      )}
      <time dateTime={entry.at} title={format.full(entry.at)}>
        {format.time(entry.at)}
      </time>
      {entry.own && <Own entry={entry} />}
    </span>
  )
}

function Own({ entry }: { entry: Entry }): ReactNode {
  const { summary, me } = useChat()
  const delivery = useDelivery(summary, entry.seq ?? entry.echo?.seq ?? null, me)
  if (entry.echo !== null && entry.echo.seq === undefined) return <Ticks state={entry.echo.state} />
  const changing = entry.pending.some((change) => change.state === "sending" || change.state === "accepted")
  return <Ticks state={changing ? "sending" : delivery} />
}

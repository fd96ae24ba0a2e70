import { type ReactNode, useCallback, useEffect, useState } from "react"
import { useTranslation } from "react-i18next"
import classes from "./Notice.module.css"

type What = "copied" | "copy_failed" | "full" | "unknown"

export interface Noticing {
  readonly what: What | null
  readonly copied: (done: boolean) => void
  readonly refused: (reason: "full" | "unknown") => void
}

const SHOWN_MS = 4000

/** What has just become of something that was done, for a moment. */
export function useNotice(): Noticing {
  const [what, setWhat] = useState<What | null>(null)
  useEffect(() => {
    if (what === null) return
    const timer = window.setTimeout(() => setWhat(null), SHOWN_MS)
    return () => window.clearTimeout(timer)
  }, [what])
  const copied = useCallback((done: boolean) => setWhat(done ? "copied" : "copy_failed"), [])
  return { what, copied, refused: setWhat }
}

export function Notice({ notice: { what } }: { notice: Noticing }): ReactNode {
  const { t } = useTranslation("chat")
  const good = what === "copied"
  return (
    <div className={classes.notice} data-bad={!good || undefined} role={good ? "status" : "alert"}>
      {what !== null && (
        <span>{what === "copied" || what === "copy_failed" ? t(`actions.${what}`) : t(`not_taken.${what}`)}</span>
      )}
    </div>
  )
}

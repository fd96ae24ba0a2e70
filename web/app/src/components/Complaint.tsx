import { type ReactNode, useEffect } from "react"
import { useTranslation } from "react-i18next"
import { dismiss, useComplaints } from "../state/complaints.ts"
import classes from "./Complaint.module.css"
import { explain } from "./ErrorText.tsx"
import { Icon } from "./Icon.tsx"

const SHOWN_MILLISECONDS = 12_000

/** The latest failure of something that has no place of its own on the page. */
export function Complaint(): ReactNode {
  const { t } = useTranslation()
  const failure = useComplaints((complaints) => complaints.failure)
  useEffect(() => {
    if (failure === null) return
    const timer = setTimeout(dismiss, SHOWN_MILLISECONDS)
    return () => clearTimeout(timer)
  }, [failure])
  if (failure === null) return null
  return (
    <div className={classes.complaint} role="alert">
      <p>{explain(t, failure)}</p>
      <button type="button" aria-label={t("close")} onClick={dismiss}>
        <Icon name="close" size={18} />
      </button>
    </div>
  )
}

import { Button, Loader } from "@mantine/core"
import type { TimelineView } from "@parley/sdk"
import type { ReactNode } from "react"
import { useTranslation } from "react-i18next"
import classes from "./Chat.module.css"

/** In place of messages: that they are on their way, that they could not be loaded, or that there are none. */
export function Begin({ view, onRetry }: { view: TimelineView; onRetry: () => void }): ReactNode {
  const { t } = useTranslation("chat")
  if (view.error !== null && view.loading === null)
    return (
      <div className={classes.begin} role="alert">
        <p>{t("load_failed")}</p>
        <Button variant="light" onClick={onRetry}>
          {t("failed.retry")}
        </Button>
      </div>
    )
  return (
    <div className={classes.begin} data-messages tabIndex={-1}>
      {view.atEnd ? <p>{t("empty")}</p> : <Loader aria-label={t("loading_older")} />}
    </div>
  )
}

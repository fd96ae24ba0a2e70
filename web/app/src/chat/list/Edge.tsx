import { Button, Loader } from "@mantine/core"
import type { TimelineView } from "@parley/sdk"
import type { ReactNode } from "react"
import { useTranslation } from "react-i18next"
import classes from "./Edge.module.css"

interface Props {
  side: "older" | "newer"
  view: TimelineView
  /** What was asked for on this side did not come. */
  failed: boolean
  onRetry: () => void
}

/** Beyond what is loaded: that more is on its way, or that it could not be loaded. It takes no room from the list. */
export function Edge({ side, view, failed, onRetry }: Props): ReactNode {
  const { t } = useTranslation("chat")
  const ends = side === "older" ? view.atStart : view.atEnd
  if (ends || view.messages.length === 0) return null
  if (failed)
    return (
      <div className={classes.edge} data-side={side} role="alert">
        <span className={classes.failed}>{t("load_failed")}</span>
        <Button size="compact-sm" onClick={onRetry}>
          {t("failed.retry")}
        </Button>
      </div>
    )
  if (view.loading !== side) return null
  return (
    <div className={classes.edge} data-side={side}>
      <Loader size="xs" aria-label={t(`loading_${side}`)} />
    </div>
  )
}

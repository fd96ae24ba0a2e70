import { Button } from "@mantine/core"
import type { Sent } from "@parley/sdk"
import type { ReactNode } from "react"
import { useTranslation } from "react-i18next"
import { useChat } from "../context.ts"
import type { Entry } from "../model/entries.ts"
import classes from "./Failure.module.css"

/** What was refused for good: why, and what can be done about it. */
export function Failure({ entry, sent }: { entry: Entry; sent: Sent }): ReactNode {
  const { actions } = useChat()
  const { t } = useTranslation("chat")
  const { t: common } = useTranslation("common")
  const written = sent.kind === "message" || sent.kind === "edit"
  return (
    <div className={classes.failure} role="alert">
      <span>
        {t(`failed.${sent.kind}`)} {common(sent.error === undefined ? "errors.unknown" : `errors.${sent.error.code}`)}
      </span>
      <span className={classes.buttons}>
        <Button size="compact-sm" variant="subtle" onClick={() => actions.retry(sent.id)}>
          {t("failed.retry")}
        </Button>
        {written && sent.given.text !== undefined && (
          <Button
            size="compact-sm"
            variant="subtle"
            onClick={() => actions.writeAgain({ ...entry, text: sent.given.text ?? null, echo: sent })}
          >
            {t("failed.edit_again")}
          </Button>
        )}
        <Button size="compact-sm" variant="subtle" color="red" onClick={() => actions.discard(sent.id)}>
          {t("failed.discard")}
        </Button>
      </span>
    </div>
  )
}

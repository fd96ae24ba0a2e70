import { RequestFailed, Unreachable } from "@parley/sdk"
import type { TFunction } from "i18next"
import type { ReactNode } from "react"
import { useTranslation } from "react-i18next"
import classes from "./ErrorText.module.css"
import { Icon } from "./Icon.tsx"

/** What a person is told of a failure, and what to do about it, in the language shown. */
export function explain(t: TFunction, error: unknown): string {
  if (error instanceof RequestFailed) {
    const text = t(`errors.${error.code}`)
    const wait = error.retry_after === undefined ? "" : ` ${t("errors.wait", { count: Math.ceil(error.retry_after) })}`
    return text + wait
  }
  return t(error instanceof Unreachable ? "errors.unreachable" : "errors.unknown")
}

interface Props {
  /** Nothing is shown while it is null or undefined. */
  error: unknown
  /** Better words than those for its code, where the place knows some. */
  text?: string | undefined
}

/** A failure in place, announced as it appears. */
export function ErrorText({ error, text }: Props): ReactNode {
  const { t } = useTranslation()
  if (error === null || error === undefined) return null
  return (
    <div className={classes.error} role="alert">
      <Icon name="alert" />
      {text ?? explain(t, error)}
    </div>
  )
}

import { VisuallyHidden } from "@mantine/core"
import type { ReactNode } from "react"
import { useTranslation } from "react-i18next"
import { useOnline } from "../state/presence.ts"
import classes from "./PresenceDot.module.css"

/** Green while the user is online, and said so to screen readers; nothing otherwise. */
export function PresenceDot({ user }: { user: string | undefined }): ReactNode {
  const { t } = useTranslation()
  if (!useOnline(user)) return null
  return (
    <span className={classes.dot}>
      <VisuallyHidden>{t("online")}</VisuallyHidden>
    </span>
  )
}

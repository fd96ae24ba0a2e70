import { ActionIcon } from "@mantine/core"
import type { ReactNode } from "react"
import { useTranslation } from "react-i18next"
import { Icon } from "../components/Icon.tsx"
import classes from "./Chat.module.css"

/** The header, and before it the way back, where the list of chats is not beside it. */
export function Head({ onBack, children }: { onBack: () => void; children: ReactNode }): ReactNode {
  const { t } = useTranslation("common")
  return (
    <div className={classes.head}>
      <ActionIcon className={classes.back} size={44} aria-label={t("back")} onClick={onBack}>
        <Icon name="back" />
      </ActionIcon>
      <div className={classes.header}>{children}</div>
    </div>
  )
}

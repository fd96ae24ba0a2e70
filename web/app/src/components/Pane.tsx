import { ActionIcon } from "@mantine/core"
import type { ReactNode } from "react"
import { useTranslation } from "react-i18next"
import { Link } from "wouter"
import { usePageTitle } from "../state/page.ts"
import { Icon } from "./Icon.tsx"
import classes from "./Pane.module.css"

interface Props {
  title: string
  /** Where Back leads: the list, or the chat that this is about. */
  back?: string
  children: ReactNode
}

/** A page beside the list of conversations. */
export function Pane({ title, back = "/", children }: Props): ReactNode {
  const { t } = useTranslation()
  usePageTitle(title)
  return (
    <>
      <header className={classes.head}>
        <ActionIcon component={Link} href={back} aria-label={t("back")} title={t("back")}>
          <Icon name="back" />
        </ActionIcon>
        <h1 className={classes.title}>{title}</h1>
      </header>
      <div className={classes.scroll}>
        <div className={classes.content}>{children}</div>
      </div>
    </>
  )
}

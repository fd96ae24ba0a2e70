import type { ReactNode } from "react"
import { useTranslation } from "react-i18next"
import { Icon } from "../../components/Icon.tsx"
import { usePageTitle } from "../../state/page.ts"
import classes from "./EmptyPane.module.css"

/** Beside the list, as long as nothing is open. */
export function EmptyPane(): ReactNode {
  const { t } = useTranslation()
  usePageTitle(t("list.title"))
  return (
    <div className={classes.empty}>
      <Icon name="chat" size={48} />
      <p>{t("list.choose")}</p>
      <p>{t("list.choose_hint")}</p>
    </div>
  )
}

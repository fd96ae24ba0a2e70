import { VisuallyHidden } from "@mantine/core"
import type { SendState } from "@parley/sdk"
import type { ReactNode } from "react"
import { useTranslation } from "react-i18next"
import { Icon, type IconName } from "./Icon.tsx"
import classes from "./Ticks.module.css"

const ICONS: Record<SendState, IconName> = {
  sending: "clock",
  accepted: "clock",
  sent: "check",
  delivered: "checks",
  read: "checks",
  rejected: "alert",
}

/** How far a message of one's own has come: as a sign, and as text for those who don't see it. */
export function Ticks({ state, size = 16 }: { state: SendState; size?: number }): ReactNode {
  const { t } = useTranslation()
  const text = t(`status.${state}`)
  return (
    <span className={classes.ticks} data-state={state} title={text}>
      <Icon name={ICONS[state]} size={size} />
      <VisuallyHidden>{text}</VisuallyHidden>
    </span>
  )
}

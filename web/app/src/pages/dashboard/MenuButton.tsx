import { ActionIcon } from "@mantine/core"
import type { Summary } from "@parley/sdk"
import { lazy, type ReactNode, Suspense } from "react"
import { useTranslation } from "react-i18next"
import { Icon } from "../../components/Icon.tsx"
import { useUser } from "../../state/session.ts"
import { conversationTitle } from "../../state/summaries.ts"

const ConversationMenu = lazy(() => import("./ConversationMenu.tsx"))

interface Props {
  summary: Summary
  /** How often the menu was asked for; it is loaded the first time. */
  asked: number
  ask: () => void
  className?: string | undefined
}

/** Opens what can be done with a conversation. */
export function MenuButton({ summary, asked, ask, className }: Props): ReactNode {
  const { t } = useTranslation()
  const me = useUser().id
  const label = `${t("chat.menu")}: ${conversationTitle(summary, me)}`
  const button = (
    <ActionIcon className={className} aria-label={label} aria-haspopup="menu" aria-expanded={false} onClick={ask}>
      <Icon name="dots" />
    </ActionIcon>
  )
  if (asked === 0) return button
  return (
    <Suspense fallback={button}>
      <ConversationMenu summary={summary} label={label} asked={asked} className={className} />
    </Suspense>
  )
}

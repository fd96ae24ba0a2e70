import { lazy, type ReactNode } from "react"
import { useTranslation } from "react-i18next"
import { useLocation, useSearchParams } from "wouter"
import { Chat } from "../../chat/Chat.tsx"
import { Splash } from "../../components/Splash.tsx"
import { useConversation } from "../../state/conversations.ts"
import { usePageTitle } from "../../state/page.ts"
import { useUser } from "../../state/session.ts"
import { conversationTitle } from "../../state/summaries.ts"
import { ChatHeader } from "./ChatHeader.tsx"
import { useMissing } from "./useMissing.ts"

const Missing = lazy(() => import("./Missing.tsx").then((module) => ({ default: module.Missing })))

/** The chat that the page's address names. */
export function ChatPane({ id }: { id: string }): ReactNode {
  const { t } = useTranslation()
  const me = useUser().id
  const summary = useConversation(id)
  const missing = useMissing(id)
  const [search] = useSearchParams()
  const [, navigate] = useLocation()
  usePageTitle(summary === undefined ? t("panes.chat") : conversationTitle(summary, me))
  if (summary === undefined) return missing === null ? <Splash /> : <Missing id={id} why={missing} />
  const around = Number(search.get("around") ?? Number.NaN)
  return (
    <Chat
      conversation={id}
      header={<ChatHeader summary={summary} />}
      onBack={() => navigate("/")}
      {...(Number.isInteger(around) && around > 0 && { around })}
    />
  )
}

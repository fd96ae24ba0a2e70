import type { ReactNode } from "react"
import { useTranslation } from "react-i18next"
import { Pane } from "../../components/Pane.tsx"
import { Splash } from "../../components/Splash.tsx"
import { useConversation } from "../../state/conversations.ts"
import { Missing } from "../dashboard/Missing.tsx"
import { chatPath } from "../dashboard/routes.ts"
import { isForeign, useMissing } from "../dashboard/useMissing.ts"
import { GroupDetails } from "./GroupDetails.tsx"
import { Join } from "./Join.tsx"
import { PersonDetails } from "./PersonDetails.tsx"

/** All about a conversation; for whoever is not in it, the way in. */
export default function Details({ id }: { id: string }): ReactNode {
  const { t } = useTranslation("groups")
  const summary = useConversation(id)
  const missing = useMissing(id)
  if (summary !== undefined) {
    return (
      <Pane title={t("details.title")} back={chatPath(id)}>
        {summary.kind === "group" ? <GroupDetails summary={summary} /> : <PersonDetails summary={summary} />}
      </Pane>
    )
  }
  if (missing === null) return <Splash />
  return isForeign(missing) || missing === "removed" || missing === "left" ? (
    <Join id={id} />
  ) : (
    <Missing id={id} why={missing} />
  )
}

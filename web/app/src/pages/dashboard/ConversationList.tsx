import { Button } from "@mantine/core"
import { type ReactNode, useDeferredValue, useState } from "react"
import { useTranslation } from "react-i18next"
import { SearchField } from "../../components/SearchField.tsx"
import { useConversationStore, useConversations } from "../../state/conversations.ts"
import { useUser } from "../../state/session.ts"
import { conversationTitle } from "../../state/summaries.ts"
import { ConversationRow } from "./ConversationRow.tsx"
import classes from "./Sidebar.module.css"

interface Props {
  open: string | null
  showPeople: () => void
}

export function ConversationList({ open, showPeople }: Props): ReactNode {
  const { t } = useTranslation()
  const me = useUser().id
  const loaded = useConversationStore((store) => store.loaded)
  const all = useConversations()
  const [filter, setFilter] = useState("")
  const wanted = useDeferredValue(filter.trim().toLocaleLowerCase())
  const found =
    wanted === "" ? all : all.filter((each) => conversationTitle(each, me).toLocaleLowerCase().includes(wanted))
  return (
    <>
      <div className={classes.filter}>
        <SearchField label={t("list.filter")} value={filter} onChange={setFilter} />
      </div>
      {!loaded && all.length === 0 && <Waiting />}
      {loaded && all.length === 0 && (
        <div className={classes.empty}>
          <p>
            <strong>{t("list.empty")}</strong>
          </p>
          <p>{t("list.empty_hint")}</p>
          <Button onClick={showPeople}>{t("list.show_people")}</Button>
        </div>
      )}
      {all.length > 0 && found.length === 0 && <p className={classes.empty}>{t("list.no_chats_found")}</p>}
      {found.length > 0 && (
        <ul className={classes.scroll} aria-label={t("list.chats")}>
          {found.map((summary) => (
            <ConversationRow key={summary.id} summary={summary} me={me} isOpen={summary.id === open} />
          ))}
        </ul>
      )}
    </>
  )
}

function Waiting(): ReactNode {
  const { t } = useTranslation()
  return (
    <div className={classes.waitings} role="status" aria-label={t("loading")}>
      {[0, 1, 2, 3, 4].map((each) => (
        <div key={each} className={classes.waiting} />
      ))}
    </div>
  )
}

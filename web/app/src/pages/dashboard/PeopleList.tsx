import { Button, Loader, Text } from "@mantine/core"
import type { Profile } from "@parley/sdk"
import { type ReactNode, useState } from "react"
import { useTranslation } from "react-i18next"
import { Avatar } from "../../components/Avatar.tsx"
import { ErrorText, explain } from "../../components/ErrorText.tsx"
import { SearchField } from "../../components/SearchField.tsx"
import { usePeople } from "../../components/usePeople.ts"
import { nameOf } from "../../state/summaries.ts"
import classes from "./PeopleList.module.css"
import side from "./Sidebar.module.css"
import { isPending, useDirect } from "./useDirect.ts"
import { useWhoIsOnline } from "./useWhoIsOnline.ts"

/** Everybody one could write to: a click opens the chat. */
export default function PeopleList(): ReactNode {
  const { t } = useTranslation()
  const [wanted, setWanted] = useState("")
  const people = usePeople(wanted)
  const opening = useDirect()
  useWhoIsOnline()
  return (
    <>
      <div className={side.filter}>
        <SearchField label={t("list.find_people")} value={wanted} onChange={setWanted} />
      </div>
      <ErrorText
        error={people.error ?? opening.error}
        text={isPending(opening.error) ? t("list.chat_pending") : explain(t, people.error ?? opening.error)}
      />
      <ul className={side.scroll} aria-label={t("list.people")}>
        {people.found.map((person) => (
          <Person key={person.id} person={person} open={opening.run} busy={opening.busy} />
        ))}
        {people.more !== null && (
          <li>
            <Button fullWidth variant="subtle" onClick={people.more}>
              {t("load_more")}
            </Button>
          </li>
        )}
      </ul>
      {people.loading && (
        <div className={side.empty} role="status" aria-label={t("loading")}>
          <Loader size="sm" />
        </div>
      )}
      {!people.loading && people.error === null && people.found.length === 0 && (
        <Text className={side.empty} c="dimmed" role="status">
          {t("list.nobody")}
        </Text>
      )}
    </>
  )
}

interface PersonProps {
  person: Profile
  open: (user: string) => void
  busy: boolean
}

function Person({ person, open, busy }: PersonProps): ReactNode {
  const name = nameOf(person)
  return (
    <li>
      <button type="button" className={classes.person} disabled={busy} onClick={() => open(person.id)}>
        <Avatar id={person.id} name={name} picture={person.picture} presence={person.id} />
        <span className={classes.names}>
          {name}
          {name !== person.username && <span className={classes.username}>@{person.username}</span>}
        </span>
      </button>
    </li>
  )
}

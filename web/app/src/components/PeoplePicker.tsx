import { Button, Text, TextInput } from "@mantine/core"
import type { Profile } from "@parley/sdk"
import { type ReactNode, useState } from "react"
import { useTranslation } from "react-i18next"
import { nameOf } from "../state/summaries.ts"
import { Avatar } from "./Avatar.tsx"
import { ErrorText } from "./ErrorText.tsx"
import classes from "./PeoplePicker.module.css"
import { usePeople } from "./usePeople.ts"

interface Props {
  label: string
  /** Those who are in already, and are not offered. */
  without: ReadonlySet<string>
  onPick: (person: Profile) => void
  disabled?: boolean
}

/** Finds people to be added, one click each. */
export function PeoplePicker({ label, without, onPick, disabled = false }: Props): ReactNode {
  const { t } = useTranslation(["common", "groups"])
  const [wanted, setWanted] = useState("")
  const people = usePeople(wanted)
  const offered = people.found.filter((each) => !without.has(each.id))
  return (
    <div>
      <TextInput
        type="search"
        label={label}
        value={wanted}
        onChange={(event) => setWanted(event.currentTarget.value)}
        mb="xs"
      />
      <ErrorText error={people.error} />
      <ul className={classes.list} aria-label={t("list.people")}>
        {offered.map((person) => (
          <li key={person.id}>
            <button
              type="button"
              className={classes.person}
              disabled={disabled}
              onClick={() => onPick(person)}
              aria-label={t("groups:details.add_named", { name: nameOf(person) })}
            >
              <Avatar id={person.id} name={nameOf(person)} picture={person.picture} size={32} />
              <span>
                {nameOf(person)} <span className={classes.username}>@{person.username}</span>
              </span>
            </button>
          </li>
        ))}
        {people.more !== null && (
          <li>
            <Button fullWidth variant="subtle" onClick={people.more}>
              {t("load_more")}
            </Button>
          </li>
        )}
      </ul>
      {!people.loading && people.error === null && people.found.length === 0 && (
        <Text size="sm" c="dimmed" role="status">
          {t("list.nobody")}
        </Text>
      )}
    </div>
  )
}

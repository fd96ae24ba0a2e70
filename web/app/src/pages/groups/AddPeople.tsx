import type { Profile, Summary } from "@parley/sdk"
import { type ReactNode, useState } from "react"
import { useTranslation } from "react-i18next"
import { Done } from "../../components/Done.tsx"
import { ErrorText } from "../../components/ErrorText.tsx"
import { PeoplePicker } from "../../components/PeoplePicker.tsx"
import { Section } from "../../components/Section.tsx"
import { useAction } from "../../components/useAction.ts"
import { learn } from "../../state/conversations.ts"
import { useSession } from "../../state/session.ts"
import { nameOf } from "../../state/summaries.ts"

export function AddPeople({ summary }: { summary: Summary }): ReactNode {
  const { t } = useTranslation("groups")
  const rest = useSession((session) => session.rest)
  const [added, setAdded] = useState<string | null>(null)
  const adding = useAction(async (person: Profile) => {
    setAdded(null)
    learn(await rest.addMember(summary.id, person.id))
    setAdded(nameOf(person))
  })
  return (
    <Section title={t("details.add")}>
      <PeoplePicker
        label={t("new.add_members")}
        without={new Set(summary.members.map((each) => each.user))}
        onPick={(person) => void adding.run(person)}
        disabled={adding.busy}
      />
      <ErrorText error={adding.error} />
      {added !== null && <Done>{t("details.added", { name: added })}</Done>}
    </Section>
  )
}

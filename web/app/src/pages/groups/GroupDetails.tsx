import { Button, Stack } from "@mantine/core"
import type { Summary } from "@parley/sdk"
import { type ReactNode, useState } from "react"
import { useTranslation } from "react-i18next"
import { Confirm } from "../../components/Confirm.tsx"
import { Section } from "../../components/Section.tsx"
import { useAction } from "../../components/useAction.ts"
import { learn } from "../../state/conversations.ts"
import { useSession, useUser } from "../../state/session.ts"
import { memberOf } from "../../state/summaries.ts"
import { AboutSection } from "./AboutSection.tsx"
import { AddPeople } from "./AddPeople.tsx"
import { JoiningSection } from "./JoiningSection.tsx"
import { MembersSection } from "./MembersSection.tsx"

/** A group's name, members and ways in; admins change them. */
export function GroupDetails({ summary }: { summary: Summary }): ReactNode {
  const { t } = useTranslation(["groups", "common"])
  const rest = useSession((session) => session.rest)
  const me = useUser().id
  const [asking, setAsking] = useState<"leave" | "delete" | null>(null)
  const { id, name } = summary
  const isAdmin = memberOf(summary, me)?.role === "admin"
  const changing = useAction(async (change: Parameters<typeof rest.changeGroup>[1]) => {
    learn(await rest.changeGroup(id, change))
  })
  return (
    <>
      <AboutSection summary={summary} isAdmin={isAdmin} changing={changing} />
      <MembersSection summary={summary} isAdmin={isAdmin} />
      {isAdmin && <AddPeople summary={summary} />}
      {isAdmin && <JoiningSection id={id} />}
      <Section title={t("details.leave")}>
        <Stack>
          <Button variant="outline" color="red" onClick={() => setAsking("leave")}>
            {t("details.leave")}
          </Button>
          {isAdmin && (
            <Button variant="outline" color="red" onClick={() => setAsking("delete")}>
              {t("details.delete")}
            </Button>
          )}
        </Stack>
      </Section>
      <Confirm
        opened={asking === "leave"}
        title={t("common:chat.leave_title", { name: name ?? "" })}
        text={t("common:chat.leave_text")}
        action={t("details.leave")}
        onConfirm={() => rest.leave(id)}
        onClose={() => setAsking(null)}
      />
      <Confirm
        opened={asking === "delete"}
        title={t("details.delete_title", { name: name ?? "" })}
        text={t("details.delete_text")}
        action={t("details.delete")}
        onConfirm={() => rest.deleteGroup(id)}
        onClose={() => setAsking(null)}
      />
    </>
  )
}

import { Badge, Text } from "@mantine/core"
import type { Member, Summary } from "@parley/sdk"
import { type ReactNode, useState } from "react"
import { useTranslation } from "react-i18next"
import { Avatar } from "../../components/Avatar.tsx"
import { Confirm } from "../../components/Confirm.tsx"
import { ErrorText } from "../../components/ErrorText.tsx"
import { Section } from "../../components/Section.tsx"
import { useAction } from "../../components/useAction.ts"
import { learn } from "../../state/conversations.ts"
import { useSession, useUser } from "../../state/session.ts"
import { nameOf } from "../../state/summaries.ts"
import { useDirect } from "../dashboard/useDirect.ts"
import { MemberMenu } from "./MemberMenu.tsx"
import classes from "./MembersSection.module.css"

/** Who is in the group, and in what role; admins change that. */
export function MembersSection({ summary, isAdmin }: { summary: Summary; isAdmin: boolean }): ReactNode {
  const { t } = useTranslation(["groups", "common"])
  const rest = useSession((session) => session.rest)
  const me = useUser().id
  const [leaving, setLeaving] = useState<Member | null>(null)
  const direct = useDirect()
  const promoting = useAction(async (member: Member) => {
    learn(await rest.setRole(summary.id, member.user, member.role === "admin" ? "member" : "admin"))
  })
  return (
    <Section title={t("details.members", { count: summary.member_count })}>
      <ul className={classes.list} aria-label={t("new.members")}>
        {summary.members.map((member) => (
          <li key={member.user} className={classes.member}>
            <Avatar id={member.user} name={nameOf(member)} picture={member.picture} presence={member.user} />
            <span className={classes.names}>
              {nameOf(member)} {member.user === me && `(${t("common:you")})`}
              <span className={classes.username}>@{member.username}</span>
            </span>
            {member.role === "admin" && <Badge variant="light">{t("details.admin")}</Badge>}
            {member.user !== me && (
              <MemberMenu
                member={member}
                isAdmin={isAdmin}
                write={() => void direct.run(member.user)}
                promote={() => void promoting.run(member)}
                remove={() => setLeaving(member)}
              />
            )}
          </li>
        ))}
      </ul>
      {summary.members.length < summary.member_count && (
        <Text size="sm" c="dimmed">
          {t("details.first_members", { count: summary.members.length })}
        </Text>
      )}
      <ErrorText error={promoting.error ?? direct.error} />
      {leaving !== null && (
        <Confirm
          opened
          title={t("details.remove_title", { name: nameOf(leaving) })}
          text={t("details.remove_text", { name: nameOf(leaving) })}
          action={t("details.remove")}
          onConfirm={() => rest.removeMember(summary.id, leaving.user)}
          onClose={() => setLeaving(null)}
        />
      )}
    </Section>
  )
}

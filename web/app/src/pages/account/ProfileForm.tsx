import { Button, Group, Stack, Text, TextInput } from "@mantine/core"
import type { Profile } from "@parley/sdk"
import { type FormEvent, type ReactNode, useState } from "react"
import { useTranslation } from "react-i18next"
import { Done } from "../../components/Done.tsx"
import { ErrorText } from "../../components/ErrorText.tsx"
import { Section } from "../../components/Section.tsx"
import { useAction } from "../../components/useAction.ts"
import { queries } from "../../state/queries.ts"
import { noteProfile, useSession, useUser } from "../../state/session.ts"
import { isEmail, isName, isPhoneNumber } from "./fields.ts"

const FIELDS = ["name", "lastname", "email", "phone_number"] as const
type Field = (typeof FIELDS)[number]

export function ProfileForm({ profile }: { profile: Profile }): ReactNode {
  const { t } = useTranslation(["account", "common"])
  const rest = useSession((session) => session.rest)
  const me = useUser()
  const [given, setGiven] = useState<Record<Field, string>>(() => ({
    name: profile.name ?? "",
    lastname: profile.lastname ?? "",
    email: profile.email ?? "",
    phone_number: profile.phone_number ?? "",
  }))
  const [done, setDone] = useState(false)
  const saving = useAction(async () => {
    const change = Object.fromEntries(FIELDS.map((name) => [name, given[name].trim() || null]))
    const changed = await rest.changeProfile(me.id, change)
    queries.setQueryData(["profile", me.id], changed)
    noteProfile({ ...me, name: changed.name ?? null, lastname: changed.lastname ?? null })
  })
  const wrong: Record<Field, string | null> = {
    name: isName(given.name) ? null : t("profile.name_invalid"),
    lastname: isName(given.lastname) ? null : t("profile.name_invalid"),
    email: isEmail(given.email.trim()) ? null : t("register.email_invalid"),
    phone_number: isPhoneNumber(given.phone_number.trim()) ? null : t("profile.phone_invalid"),
  }
  const field = (name: Field) => ({
    value: given[name],
    error: wrong[name],
    onChange: (event: { currentTarget: { value: string } }) => {
      setGiven({ ...given, [name]: event.currentTarget.value })
      setDone(false)
    },
  })
  const submit = async (event: FormEvent) => {
    event.preventDefault()
    if (Object.values(wrong).every((each) => each === null)) setDone(await saving.run())
  }
  return (
    <Section title={t("profile.about")}>
      <form onSubmit={submit} noValidate>
        <Stack>
          <TextInput label={t("profile.username")} value={profile.username} readOnly variant="filled" />
          <Group grow align="start">
            <TextInput {...field("name")} label={t("register.name")} autoComplete="given-name" />
            <TextInput {...field("lastname")} label={t("register.lastname")} autoComplete="family-name" />
          </Group>
          <TextInput {...field("email")} label={t("register.email")} type="email" autoComplete="email" />
          <TextInput {...field("phone_number")} label={t("profile.phone_number")} type="tel" autoComplete="tel" />
          <Text size="sm" c="dimmed">
            {t("profile.private")}
          </Text>
          <ErrorText error={saving.error} />
          {done && <Done>{t("common:saved")}</Done>}
          <Button type="submit" loading={saving.busy}>
            {t("common:save")}
          </Button>
        </Stack>
      </form>
    </Section>
  )
}

import { Button, Group, PasswordInput, Stack, TextInput } from "@mantine/core"
import { useClipboard } from "@mantine/hooks"
import { type FormEvent, type ReactNode, useState } from "react"
import { useTranslation } from "react-i18next"
import { Done } from "../../components/Done.tsx"
import { ErrorText } from "../../components/ErrorText.tsx"
import { Section } from "../../components/Section.tsx"
import { useAction } from "../../components/useAction.ts"
import { learn } from "../../state/conversations.ts"
import { useSession } from "../../state/session.ts"
import { detailsPath } from "../dashboard/routes.ts"
import { isGroupPassword } from "./limits.ts"

/** The link and the password with which one joins by oneself. */
export function JoiningSection({ id }: { id: string }): ReactNode {
  const { t } = useTranslation(["groups", "common"])
  const rest = useSession((session) => session.rest)
  const clipboard = useClipboard()
  const [password, setPassword] = useState("")
  const [done, setDone] = useState<"password_saved" | "password_removed" | null>(null)
  const changing = useAction(async (changed: string | null) => {
    setDone(null)
    learn(await rest.changeGroup(id, { password: changed }))
    setPassword("")
    setDone(changed === null ? "password_removed" : "password_saved")
  })
  const link = `${window.location.origin}${detailsPath(id)}`
  const wrong = password !== "" && !isGroupPassword(password)
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (isGroupPassword(password)) void changing.run(password)
  }
  return (
    <Section title={t("details.join_link")}>
      <Group align="end" wrap="nowrap">
        <TextInput
          flex={1}
          label={t("details.join_link")}
          description={t("details.join_link_hint")}
          value={link}
          readOnly
          onFocus={(event) => event.currentTarget.select()}
        />
        <Button variant="default" onClick={() => clipboard.copy(link)}>
          {t(clipboard.copied ? "common:copied" : "common:copy")}
        </Button>
      </Group>
      <form onSubmit={submit}>
        <Stack>
          <PasswordInput
            label={t("details.password_new")}
            value={password}
            onChange={(event) => setPassword(event.currentTarget.value)}
            error={wrong && t("new.password_invalid")}
            autoComplete="off"
          />
          <ErrorText error={changing.error} />
          {done !== null && <Done>{t(`details.${done}`)}</Done>}
          <Group>
            <Button type="submit" variant="default" loading={changing.busy}>
              {t("details.password_set")}
            </Button>
            <Button variant="subtle" color="red" onClick={() => void changing.run(null)} disabled={changing.busy}>
              {t("details.password_remove")}
            </Button>
          </Group>
        </Stack>
      </form>
    </Section>
  )
}

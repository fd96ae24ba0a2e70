import { Button, PasswordInput, Stack } from "@mantine/core"
import { type FormEvent, type ReactNode, useState } from "react"
import { useTranslation } from "react-i18next"
import { Done } from "../../components/Done.tsx"
import { ErrorText } from "../../components/ErrorText.tsx"
import { Section } from "../../components/Section.tsx"
import { useAction } from "../../components/useAction.ts"
import { useSession, useUser } from "../../state/session.ts"
import { isPassword } from "./fields.ts"

export function PasswordSection(): ReactNode {
  const { t } = useTranslation("account")
  const rest = useSession((session) => session.rest)
  const me = useUser()
  const [old, setOld] = useState("")
  const [next, setNext] = useState("")
  const [checked, setChecked] = useState(false)
  const [done, setDone] = useState(false)
  const changing = useAction(() => rest.changePassword(me.id, { old, new: next }))
  const submit = async (event: FormEvent) => {
    event.preventDefault()
    setChecked(true)
    setDone(false)
    if (!isPassword(next) || !(await changing.run())) return
    setOld("")
    setNext("")
    setChecked(false)
    setDone(true)
  }
  return (
    <Section title={t("settings.password")}>
      <form onSubmit={submit}>
        <Stack>
          {/* So that password managers know whose it is. */}
          <input type="text" value={me.username} autoComplete="username" readOnly hidden />
          <PasswordInput
            label={t("settings.old_password")}
            value={old}
            onChange={(event) => setOld(event.currentTarget.value)}
            autoComplete="current-password"
            required
          />
          <PasswordInput
            label={t("settings.new_password")}
            description={t("register.password_hint")}
            value={next}
            onChange={(event) => setNext(event.currentTarget.value)}
            error={checked && !isPassword(next) && t("register.password_invalid")}
            autoComplete="new-password"
            required
          />
          <ErrorText error={changing.error} />
          {done && <Done>{t("settings.password_changed")}</Done>}
          <Button type="submit" variant="default" loading={changing.busy}>
            {t("settings.change_password")}
          </Button>
        </Stack>
      </form>
    </Section>
  )
}

import { Anchor, Button, Group, PasswordInput, Stack, Text, TextInput } from "@mantine/core"
import { RequestFailed } from "@parley/sdk"
import { type FormEvent, type ReactNode, useState } from "react"
import { useTranslation } from "react-i18next"
import { Link } from "wouter"
import { AccountPage } from "../../components/AccountPage.tsx"
import { ErrorText } from "../../components/ErrorText.tsx"
import { useAction } from "../../components/useAction.ts"
import { type Registration, register } from "../../state/session.ts"
import { isEmail, isName, isPassword, isUsername } from "./fields.ts"

const EMPTY = { username: "", password: "", name: "", lastname: "", email: "" }

/** Makes an account, and is signed in to it. */
export default function Register(): ReactNode {
  const { t } = useTranslation("account")
  const [given, setGiven] = useState(EMPTY)
  const [checked, setChecked] = useState(false)
  const registering = useAction((registration: Registration) => register(registration))
  const field = (name: keyof typeof EMPTY) => ({
    value: given[name],
    onChange: (event: { currentTarget: { value: string } }) =>
      setGiven({ ...given, [name]: event.currentTarget.value }),
  })
  const wrong = {
    username: isUsername(given.username.trim()) ? null : t("register.username_invalid"),
    password: isPassword(given.password) ? null : t("register.password_invalid"),
    name: isName(given.name) && isName(given.lastname) ? null : t("profile.name_invalid"),
    email: isEmail(given.email.trim()) ? null : t("register.email_invalid"),
  }
  const submit = (event: FormEvent) => {
    event.preventDefault()
    setChecked(true)
    if (Object.values(wrong).some(Boolean)) return
    const optional = {
      ...(given.name.trim() && { name: given.name.trim() }),
      ...(given.lastname.trim() && { lastname: given.lastname.trim() }),
      ...(given.email.trim() && { email: given.email.trim() }),
    }
    void registering.run({ username: given.username.trim(), password: given.password, ...optional })
  }
  const isTaken = registering.error instanceof RequestFailed && registering.error.code === "conflict"
  return (
    <AccountPage title={t("register.title")}>
      <form onSubmit={submit} noValidate>
        <Stack>
          <TextInput
            {...field("username")}
            label={t("register.username")}
            description={t("register.username_hint")}
            error={checked && wrong.username}
            autoComplete="username"
            autoCapitalize="none"
            required
            autoFocus
          />
          <PasswordInput
            {...field("password")}
            label={t("register.password")}
            description={t("register.password_hint")}
            error={checked && wrong.password}
            autoComplete="new-password"
            required
          />
          <Group grow align="start">
            <TextInput
              {...field("name")}
              label={t("register.name")}
              placeholder={t("register.optional")}
              error={checked && wrong.name}
              autoComplete="given-name"
            />
            <TextInput
              {...field("lastname")}
              label={t("register.lastname")}
              placeholder={t("register.optional")}
              autoComplete="family-name"
            />
          </Group>
          <TextInput
            {...field("email")}
            label={t("register.email")}
            description={t("register.email_hint")}
            placeholder={t("register.optional")}
            error={checked && wrong.email}
            type="email"
            autoComplete="email"
          />
          <ErrorText error={registering.error} text={isTaken ? t("register.username_taken") : undefined} />
          <Button type="submit" loading={registering.busy}>
            {t("register.submit")}
          </Button>
        </Stack>
      </form>
      <Text size="sm">
        {t("register.has_account")}{" "}
        <Anchor component={Link} href={`/login${window.location.search}`} inherit>
          {t("register.login")}
        </Anchor>
      </Text>
    </AccountPage>
  )
}

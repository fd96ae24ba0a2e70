import { Alert, Anchor, Button, PasswordInput, Stack, Text, TextInput } from "@mantine/core"
import { RequestFailed } from "@parley/sdk"
import { type FormEvent, type ReactNode, useState } from "react"
import { useTranslation } from "react-i18next"
import { Link, useLocation } from "wouter"
import { AccountPage } from "../../components/AccountPage.tsx"
import { ErrorText } from "../../components/ErrorText.tsx"
import { useAction } from "../../components/useAction.ts"
import { login, useSession } from "../../state/session.ts"

/** Also shown in the place of a page for which one has to be signed in: that one follows. */
export default function Login(): ReactNode {
  const { t } = useTranslation("account")
  const [path] = useLocation()
  const signedOut = useSession((session) => session.signedOut)
  const [username, setUsername] = useState("")
  const [password, setPassword] = useState("")
  const entering = useAction(login)
  const submit = (event: FormEvent) => {
    event.preventDefault()
    void entering.run({ username: username.trim(), password })
  }
  const isWrong = entering.error instanceof RequestFailed && entering.error.code === "wrong_password"
  const after = path === "/login" ? "" : `?next=${encodeURIComponent(path)}`
  return (
    <AccountPage title={t("login.title")}>
      {signedOut && <Alert>{t("login.signed_out")}</Alert>}
      {!signedOut && after !== "" && <Text c="dimmed">{t("login.go_on")}</Text>}
      <form onSubmit={submit}>
        <Stack>
          <TextInput
            label={t("login.username")}
            value={username}
            onChange={(event) => setUsername(event.currentTarget.value)}
            autoComplete="username"
            autoCapitalize="none"
            required
            autoFocus
          />
          <PasswordInput
            label={t("login.password")}
            value={password}
            onChange={(event) => setPassword(event.currentTarget.value)}
            autoComplete="current-password"
            required
          />
          <ErrorText error={entering.error} text={isWrong ? t("login.wrong") : undefined} />
          <Button type="submit" loading={entering.busy}>
            {t("login.submit")}
          </Button>
        </Stack>
      </form>
      <Text size="sm">
        {t("login.no_account")}{" "}
        <Anchor component={Link} href={`/register${after}`} inherit>
          {t("login.register")}
        </Anchor>
      </Text>
    </AccountPage>
  )
}

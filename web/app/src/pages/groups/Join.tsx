import { Alert, Button, PasswordInput, Stack, Text } from "@mantine/core"
import { RequestFailed } from "@parley/sdk"
import { type FormEvent, type ReactNode, useState } from "react"
import { useTranslation } from "react-i18next"
import { useLocation } from "wouter"
import { ErrorText } from "../../components/ErrorText.tsx"
import { Pane } from "../../components/Pane.tsx"
import { useAction } from "../../components/useAction.ts"
import { learn } from "../../state/conversations.ts"
import { useSession } from "../../state/session.ts"
import { chatPath } from "../dashboard/routes.ts"
import { isPending } from "../dashboard/useDirect.ts"

const REFUSED = ["wrong_password", "forbidden", "not_found"]

/** For whoever has a group's link and knows its password. */
export function Join({ id }: { id: string }): ReactNode {
  const { t } = useTranslation("groups")
  const rest = useSession((session) => session.rest)
  const [, navigate] = useLocation()
  const [password, setPassword] = useState("")
  const joining = useAction(async () => {
    const { messages: _messages, more: _more, ...summary } = await rest.join(id, password === "" ? null : password)
    learn(summary)
    navigate(chatPath(id), { replace: true })
  })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    void joining.run()
  }
  const refused = joining.error instanceof RequestFailed && REFUSED.includes(joining.error.code)
  return (
    <Pane title={t("join.title")}>
      <form onSubmit={submit}>
        <Stack>
          <Text>{t("join.text")}</Text>
          <PasswordInput
            label={t("join.password")}
            value={password}
            onChange={(event) => setPassword(event.currentTarget.value)}
            autoComplete="off"
            autoFocus
          />
          {isPending(joining.error) ? (
            <Alert role="status">{t("join.pending")}</Alert>
          ) : (
            <ErrorText error={joining.error} text={refused ? t("join.refused") : undefined} />
          )}
          <Button type="submit" loading={joining.busy}>
            {t("join.submit")}
          </Button>
        </Stack>
      </form>
    </Pane>
  )
}

import { Badge, Button, Group, Paper, Stack, Text } from "@mantine/core"
import type { SignIn } from "@parley/sdk"
import { useQuery } from "@tanstack/react-query"
import type { ReactNode } from "react"
import { useTranslation } from "react-i18next"
import { ErrorText } from "../../components/ErrorText.tsx"
import { Pane } from "../../components/Pane.tsx"
import { useAction } from "../../components/useAction.ts"
import { useFormat } from "../../format.ts"
import { queries } from "../../state/queries.ts"
import { useSession, useUser } from "../../state/session.ts"

/** Where one is signed in, and how to end that. */
export default function Sessions(): ReactNode {
  const { t } = useTranslation(["account", "common"])
  const rest = useSession((session) => session.rest)
  const me = useUser().id
  const asked = useQuery({ queryKey: ["sign_ins", me], queryFn: () => rest.signIns() }, queries)
  const revoking = useAction(async (id: string) => {
    await rest.revokeSignIn(id)
    await asked.refetch()
  })
  return (
    <Pane title={t("sessions.title")}>
      <Text c="dimmed">{t("sessions.text")}</Text>
      <ErrorText error={asked.error ?? revoking.error} />
      {asked.isPending && <Text role="status">{t("common:loading")}</Text>}
      <Stack component="ul" gap="sm" p={0} m={0} style={{ listStyle: "none" }}>
        {asked.data?.map((signIn) => (
          <Device key={signIn.id} signIn={signIn} revoke={revoking.run} busy={revoking.busy} />
        ))}
      </Stack>
    </Pane>
  )
}

function Device({ signIn, revoke, busy }: { signIn: SignIn; revoke: (id: string) => void; busy: boolean }): ReactNode {
  const { t } = useTranslation(["account", "common"])
  const format = useFormat()
  const device = signIn.device ?? t("sessions.unknown_device")
  return (
    <Paper component="li" withBorder radius="lg" p="md">
      <Group justify="space-between" wrap="nowrap">
        <div>
          <Group gap="xs">
            <Text fw={600}>{device}</Text>
            {signIn.current && <Badge variant="light">{t("sessions.current")}</Badge>}
          </Group>
          <Text size="sm" c="dimmed" title={format.full(signIn.last_used_at)}>
            {t("sessions.since", { when: format.relative(signIn.created_at) })},{" "}
            {t("sessions.used", { when: format.relative(signIn.last_used_at) })}
          </Text>
        </div>
        {!signIn.current && (
          <Button
            variant="default"
            style={{ flexShrink: 0 }}
            disabled={busy}
            aria-label={t("sessions.revoke_named", { device })}
            onClick={() => revoke(signIn.id)}
          >
            {t("sessions.revoke")}
          </Button>
        )}
      </Group>
    </Paper>
  )
}

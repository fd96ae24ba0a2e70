import { Button, Group, Stack, Text, Title } from "@mantine/core"
import type { Summary } from "@parley/sdk"
import { type ReactNode, useState } from "react"
import { useTranslation } from "react-i18next"
import { Avatar } from "../../components/Avatar.tsx"
import { Confirm } from "../../components/Confirm.tsx"
import { useUser } from "../../state/session.ts"
import { nameOf, peerOf } from "../../state/summaries.ts"
import { useConversationActions } from "../dashboard/useConversationActions.ts"

/** The other one of a direct conversation. */
export function PersonDetails({ summary }: { summary: Summary }): ReactNode {
  const { t } = useTranslation(["groups", "common"])
  const me = useUser().id
  const act = useConversationActions(summary)
  const [asking, setAsking] = useState(false)
  const peer = peerOf(summary, me)
  if (peer === undefined) return null
  const name = nameOf(peer)
  return (
    <Stack align="center">
      <Avatar id={peer.user} name={name} picture={peer.picture} size={112} presence={peer.user} />
      <Title order={2} size="h3">
        {name}
      </Title>
      <Text c="dimmed">@{peer.username}</Text>
      <Group>
        {summary.blocked ? (
          <Button variant="default" onClick={() => void act.unblock(peer.user)}>
            {t("common:chat.unblock")}
          </Button>
        ) : (
          <Button variant="outline" color="red" onClick={() => setAsking(true)}>
            {t("common:chat.block")}
          </Button>
        )}
      </Group>
      <Confirm
        opened={asking}
        title={t("common:chat.block_title", { name })}
        text={t("common:chat.block_text", { name })}
        action={t("common:chat.block")}
        onConfirm={() => act.block(peer.user)}
        onClose={() => setAsking(false)}
      />
    </Stack>
  )
}

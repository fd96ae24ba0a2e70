import { Card, Text, Title } from "@mantine/core"
import type { ReactNode } from "react"
import { useTranslation } from "react-i18next"
import { usePageTitle } from "../../state/page.ts"
import { NamesForm } from "./NamesForm.tsx"
import { Outside } from "./Outside.tsx"
import { SeatCards } from "./SeatCards.tsx"
import { useStarted } from "./started.ts"

/** Starts a chat for two; once it has, shows the links and codes that are told only once. */
export default function Start(): ReactNode {
  const { t } = useTranslation("ephemeral")
  const { started } = useStarted()
  usePageTitle(t(started === null ? "start.title" : "cards.title"))
  if (started !== null) return <SeatCards started={started} />
  return (
    <Outside narrow>
      <Title order={1} size="h2">
        {t("start.title")}
      </Title>
      <Text c="dimmed" mt="xs" mb="lg">
        {t("start.lead")}
      </Text>
      <Card withBorder bg="var(--parley-surface)" padding="lg">
        <NamesForm />
      </Card>
    </Outside>
  )
}

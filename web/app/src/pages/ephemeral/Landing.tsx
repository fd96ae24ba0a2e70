import { Card, Text, Title } from "@mantine/core"
import type { SeatView } from "@parley/sdk"
import type { ReactNode } from "react"
import { useTranslation } from "react-i18next"
import { usePageTitle } from "../../state/page.ts"
import { CodeForm } from "./CodeForm.tsx"
import { Outside } from "./Outside.tsx"

/** Greets whom the link is for, and asks for the code. */
export function Landing({ seat, enter }: { seat: SeatView; enter: (code: string) => Promise<void> }): ReactNode {
  const { t } = useTranslation("ephemeral")
  const hello = t("landing.hello", { name: seat.name })
  usePageTitle(hello)
  return (
    <Outside narrow>
      <Title order={1} size="h2" style={{ overflowWrap: "anywhere" }}>
        {hello}
      </Title>
      <Text c="dimmed" mt="xs" mb="lg">
        {t(seat.state === "new" ? "landing.lead" : "landing.again")}
      </Text>
      <Card withBorder bg="var(--parley-surface)" padding="lg">
        <CodeForm enter={enter} />
      </Card>
    </Outside>
  )
}

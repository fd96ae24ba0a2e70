import { Button, Text, Title } from "@mantine/core"
import type { ReactNode } from "react"
import { useTranslation } from "react-i18next"
import { Link } from "wouter"
import { ErrorText } from "../../components/ErrorText.tsx"
import { usePageTitle } from "../../state/page.ts"
import { Outside } from "./Outside.tsx"

/** A link of a chat that has ended, or that never was: both look alike. */
export function Nowhere(): ReactNode {
  const { t } = useTranslation("ephemeral")
  usePageTitle(t("landing.unknown"))
  return (
    <Outside narrow>
      <Title order={1} size="h2">
        {t("landing.unknown")}
      </Title>
      <Text mt="sm" mb="lg">
        {t("landing.unknownAbout")}
      </Text>
      <Button component={Link} href="/start">
        {t("landing.startOwn")}
      </Button>
    </Outside>
  )
}

/** It could not be found out where the link leads. */
export function Trouble({ error, onRetry }: { error: unknown; onRetry: () => void }): ReactNode {
  const { t } = useTranslation("ephemeral")
  usePageTitle(t("landing.trouble"))
  return (
    <Outside narrow>
      <Title order={1} size="h2" mb="md">
        {t("landing.trouble")}
      </Title>
      <ErrorText error={error} />
      <Button mt="lg" onClick={onRetry}>
        {t("landing.retry")}
      </Button>
    </Outside>
  )
}

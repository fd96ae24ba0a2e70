import { Center, Stack, Text, Title } from "@mantine/core"
import type { ReactNode } from "react"
import { useTranslation } from "react-i18next"
import { Link } from "wouter"
import { ErrorText } from "../../components/ErrorText.tsx"
import { detailsPath } from "./routes.ts"
import { isForeign } from "./useMissing.ts"

const REASONS = ["removed", "left", "deleted", "ended"] as const

/** In the place of a chat that is not this user's, and what he can do about it. */
export function Missing({ id, why }: { id: string; why: unknown }): ReactNode {
  const { t } = useTranslation()
  const reason = REASONS.find((each) => each === why)
  const canJoin = isForeign(why) || reason === "removed" || reason === "left"
  return (
    <Center flex={1} p="xl">
      <Stack align="center" ta="center">
        <Title order={1} size="h3">
          {t("list.gone.title")}
        </Title>
        {reason === undefined && !isForeign(why) ? (
          <ErrorText error={why} />
        ) : (
          <Text>{t(`list.gone.${reason ?? "unknown"}`)}</Text>
        )}
        {canJoin && <Link href={detailsPath(id)}>{t("list.gone.join")}</Link>}
        <Link href="/">{t("list.back")}</Link>
      </Stack>
    </Center>
  )
}

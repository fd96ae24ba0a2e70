import { Center, Stack, Text } from "@mantine/core"
import type { ReactNode } from "react"
import { useTranslation } from "react-i18next"
import { Icon } from "../../components/Icon.tsx"
import { usePageTitle } from "../../state/page.ts"

/** Beside the list, as long as nothing is open. */
export function EmptyPane(): ReactNode {
  const { t } = useTranslation()
  usePageTitle(t("list.title"))
  return (
    <Center flex={1} p="xl">
      <Stack align="center" gap="xs" ta="center" c="dimmed">
        <Icon name="chat" size={48} />
        <Text>{t("list.choose")}</Text>
        <Text size="sm">{t("list.choose_hint")}</Text>
      </Stack>
    </Center>
  )
}

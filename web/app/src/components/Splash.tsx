import { Center, Loader, Stack, Text } from "@mantine/core"
import { type ReactNode, useEffect, useState } from "react"
import { useTranslation } from "react-i18next"
import { ErrorText } from "./ErrorText.tsx"

/** Shorter waits show nothing: what only flashes up is noise. */
const QUIET_MILLISECONDS = 300

/** While something is loaded, and what stands in its way. */
export function Splash({ trouble = null }: { trouble?: unknown }): ReactNode {
  const { t } = useTranslation()
  const [late, setLate] = useState(false)
  useEffect(() => {
    const timer = setTimeout(() => setLate(true), QUIET_MILLISECONDS)
    return () => clearTimeout(timer)
  }, [])
  return (
    <Center mih="60vh" p="md">
      {late && (
        <Stack align="center" role="status">
          <Loader aria-hidden="true" />
          <Text c="dimmed">{t("loading")}</Text>
          <ErrorText error={trouble} />
        </Stack>
      )}
    </Center>
  )
}

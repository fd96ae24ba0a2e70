import { Button, Group, Paper, Text } from "@mantine/core"
import type { ReactNode } from "react"
import { useTranslation } from "react-i18next"
import classes from "./UpdateOffer.module.css"
import { dismissUpdate, takeNewVersion, useUpdate } from "./worker.ts"

/** Offers a new version of the app, and leaves it to the user when to take it. */
export function UpdateOffer(): ReactNode {
  const { t } = useTranslation("notifications")
  const { waiting } = useUpdate()
  if (waiting === null) return null
  return (
    <Paper withBorder shadow="md" p="sm" role="status" className={classes.offer}>
      <Text size="sm" fw={600} mb="xs">
        {t("update.title")}
      </Text>
      <Group gap="xs" justify="flex-end">
        <Button size="xs" variant="subtle" onClick={dismissUpdate}>
          {t("update.later")}
        </Button>
        <Button size="xs" onClick={takeNewVersion}>
          {t("update.reload")}
        </Button>
      </Group>
    </Paper>
  )
}

import { Alert, Button, Group, Text, Title } from "@mantine/core"
import { lazy, type ReactNode, Suspense, useState } from "react"
import { useTranslation } from "react-i18next"
import { Icon } from "../../components/Icon.tsx"
import { Outside } from "./Outside.tsx"
import { SeatCard } from "./SeatCard.tsx"
import classes from "./SeatCards.module.css"
import { forgetStarted, type Started } from "./started.ts"
import { useMoment, useSilence } from "./times.ts"

// A dialog is much to load for what is seldom asked; once it was, it stays, and gives the focus back.
const Confirm = lazy(async () => ({ default: (await import("../../components/Confirm.tsx")).Confirm }))

/** Both seats of a chat that was just started, and what to do with them. */
export function SeatCards({ started }: { started: Started }): ReactNode {
  const { t } = useTranslation("ephemeral")
  const moment = useMoment()
  const [asking, setAsking] = useState<boolean | null>(null)
  const silence = useSilence()(started.silence)
  const { seats, expires_at } = started.chat
  return (
    <Outside>
      <Title order={1} size="h2">
        {t("cards.title")}
      </Title>
      <Text mt="xs">{t("cards.lead")}</Text>
      <Alert mt="md" color="yellow" variant="default" icon={<Icon name="alert" />} title={t("cards.once")}>
        {t("cards.onceAbout")}
      </Alert>
      <div className={classes.seats}>
        {seats.map((seat) => (
          <SeatCard key={seat.url} seat={seat} />
        ))}
      </div>
      <Group justify="space-between" gap="md">
        <Text size="sm" c="dimmed" className={classes.expires}>
          {t("cards.expires", { silence, time: moment(expires_at) })}
        </Text>
        <Button variant="default" onClick={() => setAsking(true)}>
          {t("start.again")}
        </Button>
      </Group>
      {asking !== null && (
        <Suspense>
          <Confirm
            opened={asking}
            title={t("cards.againTitle")}
            text={t("cards.againText")}
            action={t("cards.againAction")}
            onConfirm={async () => forgetStarted()}
            onClose={() => setAsking(false)}
          />
        </Suspense>
      )}
    </Outside>
  )
}

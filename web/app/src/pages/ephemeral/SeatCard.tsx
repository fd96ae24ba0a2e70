import { Anchor, Button, Card, Group, Stack, Text, Title, VisuallyHidden } from "@mantine/core"
import type { StartedChat } from "@parley/sdk"
import { type ReactNode, useMemo } from "react"
import { useTranslation } from "react-i18next"
import { Icon } from "../../components/Icon.tsx"
import { CopyButton } from "./CopyButton.tsx"
import { groupCode, spellCode } from "./code.ts"
import classes from "./SeatCard.module.css"

type NewSeat = StartedChat["seats"][number]

/** What one of the two is to be given: a link, also to be photographed, and a code to be read out. */
export function SeatCard({ seat }: { seat: NewSeat }): ReactNode {
  const { t } = useTranslation("ephemeral")
  const { name, url, code, qr_svg } = seat
  const picture = useMemo(() => `data:image/svg+xml,${encodeURIComponent(qr_svg)}`, [qr_svg])
  return (
    <Card withBorder bg="var(--parley-surface)" padding="lg" component="section" aria-label={t("cards.seat", { name })}>
      <Stack gap="md">
        <Title order={2} size="h3" className={classes.name}>
          {name}
        </Title>
        <div className={classes.link}>
          <img className={classes.qr} src={picture} alt={t("cards.qr", { name })} />
          <Stack gap="xs" className={classes.beside}>
            <Text size="sm" c="dimmed">
              {t("cards.link")}
            </Text>
            <Anchor href={url} target="_blank" rel="noreferrer" className={classes.url}>
              {url.replace(/^https?:\/\//, "")}
            </Anchor>
            <Group gap="xs">
              <CopyButton text={url} label={t("cards.copyLink")} />
              <ShareButton name={name} url={url} />
            </Group>
          </Stack>
        </div>
        <div className={classes.secret}>
          <Text size="sm" c="dimmed">
            {t("cards.code")}
          </Text>
          <p className={classes.code}>
            <span aria-hidden="true">{groupCode(code)}</span>
            <VisuallyHidden>{t("cards.codeOf", { name, code: spellCode(code) })}</VisuallyHidden>
          </p>
          <CopyButton text={groupCode(code)} label={t("cards.copyCode")} />
        </div>
      </Stack>
    </Card>
  )
}

/** The link only: a code that went the same way would be no secret. */
function ShareButton({ name, url }: { name: string; url: string }): ReactNode {
  const { t } = useTranslation("ephemeral")
  if (navigator.share === undefined) return null
  const share = () =>
    navigator
      .share({ title: t("cards.shareTitle"), text: t("cards.shareText", { name }), url })
      // The user has closed the system's dialogue again.
      .catch(() => undefined)
  return (
    <Button variant="default" size="sm" leftSection={<Icon name="share" size={16} />} onClick={share}>
      {t("cards.share")}
    </Button>
  )
}

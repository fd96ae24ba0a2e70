import { Button, Card, Group, Stack, Text, Title } from "@mantine/core"
import type { ReactNode } from "react"
import { useTranslation } from "react-i18next"
import { Link } from "wouter"
import { Icon } from "../../components/Icon.tsx"
import { usePageTitle } from "../../state/page.ts"
import { NamesForm } from "../ephemeral/NamesForm.tsx"
import { Outside } from "../ephemeral/Outside.tsx"
import classes from "./Home.module.css"

/** Both ways to chat: two names and nothing else, or an account. */
export default function Home(): ReactNode {
  const { t } = useTranslation("ephemeral")
  usePageTitle("")
  return (
    <Outside>
      <Title order={1}>{t("home.title")}</Title>
      <Text size="lg" c="dimmed" mt="xs">
        {t("home.lead")}
      </Text>
      <div className={classes.ways}>
        <Card withBorder bg="var(--parley-surface)" padding="xl" component="section" aria-labelledby="home-now">
          <Title order={2} size="h3" id="home-now">
            {t("home.now")}
          </Title>
          <Text c="dimmed" mt={4} mb="md">
            {t("home.nowAbout")}
          </Text>
          <NamesForm />
          <Points of={["noTrace", "sealed", "gone"]} />
        </Card>
        <Card withBorder bg="var(--parley-surface)" padding="xl" component="section" aria-labelledby="home-account">
          <Title order={2} size="h3" id="home-account">
            {t("home.account")}
          </Title>
          <Text c="dimmed" mt={4} mb="md">
            {t("home.accountAbout")}
          </Text>
          <Stack gap="sm">
            <Button component={Link} href="/register">
              {t("home.register")}
            </Button>
            <Button component={Link} href="/login" variant="default">
              {t("home.signIn")}
            </Button>
          </Stack>
          <Points of={["groups", "files", "search"]} />
        </Card>
      </div>
      <Text size="sm" c="dimmed">
        {t("home.haveLink")}
      </Text>
    </Outside>
  )
}

type Point = "noTrace" | "sealed" | "gone" | "groups" | "files" | "search"

function Points({ of }: { of: readonly Point[] }): ReactNode {
  const { t } = useTranslation("ephemeral")
  return (
    <ul className={classes.points}>
      {of.map((point) => (
        <Group key={point} component="li" gap="xs" wrap="nowrap" align="flex-start">
          <span className={classes.check}>
            <Icon name="check" size={18} />
          </span>
          <Text size="sm">{t(`home.points.${point}`)}</Text>
        </Group>
      ))}
    </ul>
  )
}

import { Center, Paper, Stack, Title } from "@mantine/core"
import type { ReactNode } from "react"
import { useTranslation } from "react-i18next"
import { Link } from "wouter"
import { usePageTitle } from "../state/page.ts"
import classes from "./AccountPage.module.css"

/** One card in the middle of the page, for those who are not signed in. */
export function AccountPage({ title, children }: { title: string; children: ReactNode }): ReactNode {
  const { t } = useTranslation()
  usePageTitle(title)
  return (
    <Center component="main" className={classes.page}>
      <Stack className={classes.column}>
        <Link href="/" className={classes.brand}>
          {t("app")}
        </Link>
        <Paper withBorder p="lg" radius="lg">
          <Stack>
            <Title order={1} size="h3">
              {title}
            </Title>
            {children}
          </Stack>
        </Paper>
      </Stack>
    </Center>
  )
}

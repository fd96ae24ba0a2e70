import { Text } from "@mantine/core"
import type { ReactNode } from "react"
import { useTranslation } from "react-i18next"
import { Link } from "wouter"
import { AccountPage } from "../components/AccountPage.tsx"

export default function NotFound(): ReactNode {
  const { t } = useTranslation()
  return (
    <AccountPage title={t("not_found.title")}>
      <Text>{t("not_found.text")}</Text>
      <Link href="/">{t("not_found.home")}</Link>
    </AccountPage>
  )
}

import type { ReactNode } from "react"
import { useTranslation } from "react-i18next"
import { Pane } from "../../components/Pane.tsx"
import { ErasureSection } from "./ErasureSection.tsx"
import { LooksSection } from "./LooksSection.tsx"
import { PasswordSection } from "./PasswordSection.tsx"
import { PreferencesSections } from "./PreferencesSections.tsx"

export default function Settings(): ReactNode {
  const { t } = useTranslation("account")
  return (
    <Pane title={t("settings.title")}>
      <LooksSection />
      <PreferencesSections />
      <PasswordSection />
      <ErasureSection />
    </Pane>
  )
}

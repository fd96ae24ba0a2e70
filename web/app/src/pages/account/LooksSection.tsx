import { type MantineColorScheme, useMantineColorScheme } from "@mantine/core"
import type { ReactNode } from "react"
import { useTranslation } from "react-i18next"
import { Section } from "../../components/Section.tsx"
import { LANGUAGES, type Language, speak } from "../../i18n.ts"
import { complain } from "../../state/complaints.ts"
import { changeSettings, useSettings } from "../../state/settings.ts"
import { Choice } from "./Choice.tsx"

/** How this browser shows Parley. */
export function LooksSection(): ReactNode {
  const { t } = useTranslation("account")
  const { colorScheme, setColorScheme } = useMantineColorScheme()
  const { language, enter } = useSettings()
  const changeLanguage = (chosen: Language) => {
    speak(chosen).then(() => changeSettings({ language: chosen }), complain)
  }
  return (
    <>
      <Section title={t("settings.looks")}>
        <Choice<MantineColorScheme>
          label={t("settings.theme")}
          value={colorScheme}
          options={[
            ["auto", t("settings.theme_auto")],
            ["light", t("settings.theme_light")],
            ["dark", t("settings.theme_dark")],
          ]}
          onChange={setColorScheme}
        />
        <Choice<Language>
          label={t("settings.language")}
          value={language}
          options={[
            ["en", LANGUAGES.en],
            ["de", LANGUAGES.de],
          ]}
          onChange={changeLanguage}
        />
      </Section>
      <Section title={t("settings.writing")}>
        <Choice
          label={t("settings.enter")}
          value={enter}
          options={[
            ["send", t("settings.enter_send"), t("settings.enter_send_hint")],
            ["newline", t("settings.enter_newline"), t("settings.enter_newline_hint")],
          ]}
          onChange={(chosen) => changeSettings({ enter: chosen })}
        />
      </Section>
    </>
  )
}

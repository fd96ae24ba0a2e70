/** Texts, in the language chosen or else the browser's. One chunk for each language, of which one is loaded. */
import i18next from "i18next"
import { initReactI18next } from "react-i18next"
import type english from "./locales/en/index.ts"

export const LANGUAGES = { en: "English", de: "Deutsch" } as const
export type Language = keyof typeof LANGUAGES
export type Texts = typeof english

declare module "i18next" {
  interface CustomTypeOptions {
    defaultNS: "common"
    resources: Texts
  }
}

const load: Record<Language, () => Promise<{ default: Record<string, object> }>> = {
  en: () => import("./locales/en/index.ts"),
  de: () => import("./locales/de/index.ts"),
}

/** The first of the browser's languages that there are texts in; English where there is none. */
export function preferred(languages: readonly string[]): Language {
  const known = languages.map((language) => language.toLowerCase().split("-", 1)[0])
  return known.find((language): language is Language => language !== undefined && language in LANGUAGES) ?? "en"
}

/** Shows everything in this language from now on. */
export async function speak(language: Language): Promise<void> {
  const { default: texts } = await load[language]()
  if (!i18next.isInitialized) {
    await i18next.use(initReactI18next).init({
      lng: language,
      fallbackLng: false,
      defaultNS: "common",
      resources: { [language]: texts },
      interpolation: { escapeValue: false },
      react: { useSuspense: false },
    })
  } else {
    for (const [namespace, keys] of Object.entries(texts)) i18next.addResourceBundle(language, namespace, keys)
    await i18next.changeLanguage(language)
  }
  document.documentElement.lang = language
}

/**
 * Texts, in the language chosen or else the browser's. Two chunks for each language, of which one is loaded at once and
 * the other with the first page that has more to it than a chat.
 */
import i18next from "i18next"
import { initReactI18next } from "react-i18next"
import type english from "./locales/en/index.ts"
import type moreEnglish from "./locales/en/more.ts"

export const LANGUAGES = { en: "English", de: "Deutsch" } as const
export type Language = keyof typeof LANGUAGES
export type Texts = typeof english & typeof moreEnglish

declare module "i18next" {
  interface CustomTypeOptions {
    defaultNS: "common"
    resources: Texts
  }
}

type Load = () => Promise<{ default: Record<string, object> }>

const load: Record<Language, { base: Load; more: Load }> = {
  en: { base: () => import("./locales/en/index.ts"), more: () => import("./locales/en/more.ts") },
  de: { base: () => import("./locales/de/index.ts"), more: () => import("./locales/de/more.ts") },
}

let spoken: Language = "en"
let wantsMore = false

/** The first of the browser's languages that there are texts in; English where there is none. */
export function preferred(languages: readonly string[]): Language {
  const known = languages.map((language) => language.toLowerCase().split("-", 1)[0])
  return known.find((language): language is Language => language !== undefined && language in LANGUAGES) ?? "en"
}

/** Shows everything in this language from now on. */
export async function speak(language: Language): Promise<void> {
  const { default: texts } = await load[language].base()
  spoken = language
  if (!i18next.isInitialized) {
    await i18next.use(initReactI18next).init({
      lng: language,
      fallbackLng: false,
      defaultNS: "common",
      resources: { [language]: texts },
      interpolation: { escapeValue: false },
      react: { useSuspense: false },
    })
  } else add(language, texts)
  if (wantsMore) await speakMore()
  await i18next.changeLanguage(language)
  document.documentElement.lang = language
}

/** Makes sure of the texts of those pages that have more to them than a chat. */
export async function speakMore(): Promise<void> {
  wantsMore = true
  const language = spoken
  add(language, (await load[language].more()).default)
}

function add(language: Language, texts: Record<string, object>): void {
  for (const [namespace, keys] of Object.entries(texts)) i18next.addResourceBundle(language, namespace, keys)
}

/** What this browser was told to be like; what goes with the account is among its preferences, on the server. */
import { create } from "zustand"
import { LANGUAGES, type Language, preferred } from "../i18n.ts"

export interface Settings {
  language: Language
  /** What Enter does in the composer: send (Shift+Enter makes a new line), or make a new line (Ctrl+Enter sends). */
  enter: "send" | "newline"
  /** Whether a box pops up when a message arrives in a conversation that is not open. */
  popups: boolean
  /** Whether notifications leave out who wrote what. */
  hide_content: boolean
}

const KEY = "parley.settings"

export function readSettings(stored: string | null, languages: readonly string[]): Settings {
  const given = parse(stored)
  const language = given.language
  return {
    language: typeof language === "string" && language in LANGUAGES ? (language as Language) : preferred(languages),
    enter: given.enter === "newline" ? "newline" : "send",
    popups: given.popups !== false,
    hide_content: given.hide_content === true,
  }
}

function parse(stored: string | null): Record<string, unknown> {
  try {
    const given: unknown = JSON.parse(stored ?? "{}")
    return typeof given === "object" && given !== null ? { ...given } : {}
  } catch {
    return {}
  }
}

export const useSettings = create<Settings>(() => readSettings(localStorage.getItem(KEY), navigator.languages))

/** Changes what is given, here and in the browser's other tabs. */
export function changeSettings(change: Partial<Settings>): void {
  useSettings.setState(change)
  localStorage.setItem(KEY, JSON.stringify(useSettings.getState()))
}

window.addEventListener("storage", (event) => {
  if (event.key === KEY) useSettings.setState(readSettings(event.newValue, navigator.languages))
})

/** Times in the words and forms of the language shown, by the browser's own Intl. */
import { useTranslation } from "react-i18next"

export interface Format {
  /** 14:05 */
  time(at: string): string
  /** Saturday, 21 November 2026 at 14:05:09 */
  full(at: string): string
  /** Today, Yesterday, Thursday, 3 November, 3 November 2025: as short as is clear. */
  day(at: string): string
  /** The time if it was today, else the day, both short: for lists. */
  brief(at: string): string
  /** in 5 minutes, 2 hours ago */
  relative(at: string): string
  number(value: number): string
}

const DAY = 86_400_000

/** How many days ago it was by the calendar, here; 0 is today. */
function daysAgo(at: Date, now: Date): number {
  const midnight = (date: Date) => Date.UTC(date.getFullYear(), date.getMonth(), date.getDate())
  return (midnight(now) - midnight(at)) / DAY
}

function capitalised(text: string, language: string): string {
  return text.charAt(0).toLocaleUpperCase(language) + text.slice(1)
}

const UNITS: readonly [Intl.RelativeTimeFormatUnit, number][] = [
  ["day", DAY],
  ["hour", 3_600_000],
  ["minute", 60_000],
]

export function format(language: string, now: () => Date = () => new Date()): Format {
  const time = new Intl.DateTimeFormat(language, { hour: "numeric", minute: "2-digit" })
  const full = new Intl.DateTimeFormat(language, { dateStyle: "full", timeStyle: "medium" })
  const weekday = new Intl.DateTimeFormat(language, { weekday: "long" })
  const shortWeekday = new Intl.DateTimeFormat(language, { weekday: "short" })
  const date = new Intl.DateTimeFormat(language, { day: "numeric", month: "long" })
  const shortDate = new Intl.DateTimeFormat(language, { day: "numeric", month: "short" })
  const oldDate = new Intl.DateTimeFormat(language, { day: "numeric", month: "long", year: "numeric" })
  const shortOldDate = new Intl.DateTimeFormat(language, { dateStyle: "short" })
  const relative = new Intl.RelativeTimeFormat(language, { numeric: "auto" })
  const numbers = new Intl.NumberFormat(language)
  const sameYear = (at: Date) => at.getFullYear() === now().getFullYear()
  return {
    time: (at) => time.format(new Date(at)),
    full: (at) => full.format(new Date(at)),
    number: (value) => numbers.format(value),
    day(given) {
      const at = new Date(given)
      const days = daysAgo(at, now())
      if (days === 0 || days === 1) return capitalised(relative.format(-days, "day"), language)
      if (days > 1 && days < 7) return weekday.format(at)
      return (sameYear(at) ? date : oldDate).format(at)
    },
    brief(given) {
      const at = new Date(given)
      const days = daysAgo(at, now())
      if (days <= 0) return time.format(at)
      if (days < 7) return shortWeekday.format(at)
      return (sameYear(at) ? shortDate : shortOldDate).format(at)
    },
    relative(given) {
      const distance = Date.parse(given) - now().getTime()
      const [unit, length] = UNITS.find(([, length]) => Math.abs(distance) >= length) ?? (["minute", 60_000] as const)
      return relative.format(Math.trunc(distance / length), unit)
    },
  }
}

/** The language as it is used where the reader is: whether a day has two halves is not a matter of language alone. */
export function regional(language: string, wanted: readonly string[]): string {
  return wanted.find((each) => each.split("-", 1)[0]?.toLowerCase() === language) ?? language
}

/** Intl takes its time to make a form, and every line of a chat wants them. */
const made = new Map<string, Format>()

/** In the language shown. */
export function useFormat(): Format {
  const { i18n } = useTranslation()
  const language = regional(i18n.language, navigator.languages)
  const known = made.get(language) ?? format(language)
  made.set(language, known)
  return known
}

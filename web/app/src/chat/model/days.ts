/** Days and times as people say them, in the reader's own zone and language. */

/** Names the local day that an instant falls on. */
export function dayOf(at: string): string {
  const date = new Date(at)
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`
}

function two(number: number): string {
  return String(number).padStart(2, "0")
}

const formats = new Map<string, Intl.DateTimeFormat>()

function format(language: string, name: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = `${language} ${name}`
  const known = formats.get(key) ?? new Intl.DateTimeFormat(language, options)
  formats.set(key, known)
  return known
}

/** "14:05". */
export function timeText(at: string, language: string): string {
  return format(language, "time", { timeStyle: "short" }).format(new Date(at))
}

/** The full date and time, to the second. */
export function fullText(at: string, language: string): string {
  return format(language, "full", { dateStyle: "full", timeStyle: "medium" }).format(new Date(at))
}

/** "Today", "yesterday", the weekday within the last week, else the date, with the year where it is another. */
export function dayText(at: string, language: string, now: Date = new Date()): string {
  const date = new Date(at)
  const days = Math.round((midnight(now) - midnight(date)) / 86_400_000)
  if (days === 0 || days === 1) {
    const words = new Intl.RelativeTimeFormat(language, { numeric: "auto" }).format(-days, "day")
    return words.charAt(0).toLocaleUpperCase(language) + words.slice(1)
  }
  if (days > 1 && days < 7) return format(language, "weekday", { weekday: "long" }).format(date)
  if (date.getFullYear() === now.getFullYear())
    return format(language, "day", { weekday: "long", day: "numeric", month: "long" }).format(date)
  return format(language, "year", { dateStyle: "long" }).format(date)
}

function midnight(date: Date): number {
  return Date.UTC(date.getFullYear(), date.getMonth(), date.getDate())
}

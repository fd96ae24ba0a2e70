/** How the times of a chat are put into words. */
import { useTranslation } from "react-i18next"
import { regional } from "../../format.ts"

/** The silences after which a chat can be made to end. */
export const SILENCES = [300, 900, 3600, 21600, 86400, 604800] as const
export const DEFAULT_SILENCE = 3600

/** How long a silence is, in words; one that somebody else chose in minutes. */
export function useSilence(): (seconds: number) => string {
  const { t, i18n } = useTranslation("ephemeral")
  return (seconds) => {
    const known = SILENCES.find((silence) => silence === seconds)
    if (known !== undefined) return t(`silence.${known}`)
    const minutes = new Intl.NumberFormat(i18n.language, { style: "unit", unit: "minute", unitDisplay: "long" })
    return minutes.format(Math.round(seconds / 60))
  }
}

/** A moment within the next days: the time alone if it is today. */
export function useMoment(): (at: string) => string {
  const { i18n } = useTranslation("ephemeral")
  return (at) => moment(regional(i18n.language, navigator.languages), new Date(at), new Date())
}

export function moment(language: string, at: Date, now: Date): string {
  const time = { hour: "numeric", minute: "2-digit" } as const
  const day = { weekday: "short", day: "numeric", month: "short" } as const
  const isToday = at.toDateString() === now.toDateString()
  return new Intl.DateTimeFormat(language, isToday ? time : { ...day, ...time }).format(at)
}

/** The silences after which a chat can be made to end. */
import { useTranslation } from "react-i18next"

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

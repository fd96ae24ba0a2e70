/** What a message may carry. The server has the last word; whoever stays within these does not wait for a refusal. */

export const MAX_FILES = 10
export const MAX_FILE_BYTES = 25 * 1024 * 1024
export const MAX_TEXT = 16_000

const UNITS = ["byte", "kilobyte", "megabyte", "gigabyte"] as const

/** "3.4 MB". */
export function sizeText(bytes: number, language: string): string {
  const power = bytes < 1 ? 0 : Math.min(UNITS.length - 1, Math.floor(Math.log(bytes) / Math.log(1024)))
  const unit = UNITS[power] ?? "byte"
  const options: Intl.NumberFormatOptions = { style: "unit", unit, unitDisplay: power === 0 ? "long" : "short" }
  const digits = power === 0 ? 0 : 1
  return new Intl.NumberFormat(language, { ...options, maximumFractionDigits: digits }).format(bytes / 1024 ** power)
}

/** How large to lay out a picture of these sides within a box, before it is there. */
export function fitted(width: number, height: number, box: number): { width: number; height: number } {
  const scale = Math.min(1, box / Math.max(width, height, 1))
  return { width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) }
}

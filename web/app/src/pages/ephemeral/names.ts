/** The two names a chat is started with. */

export const MAX_NAME = 40

/** What is wrong with a name: a key of ephemeral.json. */
export type NameFault = "nameMissing" | "nameLong" | "nameControl" | "namesSame"

/** A name as the server will keep it. */
export function cleanName(typed: string): string {
  return typed.normalize("NFC").split(/\s+/u).filter(Boolean).join(" ")
}

/** What is wrong with each of the two; null: nothing. That both are one is the second's fault. */
export function judgeNames(first: string, second: string): [NameFault | null, NameFault | null] {
  const [one, other] = [cleanName(first), cleanName(second)]
  const faults: [NameFault | null, NameFault | null] = [judgeName(one), judgeName(other)]
  if (faults[0] === null && faults[1] === null && folded(one) === folded(other)) faults[1] = "namesSame"
  return faults
}

function judgeName(name: string): NameFault | null {
  if (name === "") return "nameMissing"
  if ([...name].length > MAX_NAME) return "nameLong"
  return /\p{C}/u.test(name) ? "nameControl" : null
}

/** Without regard to case and ways of writing a letter. */
function folded(name: string): string {
  return name.normalize("NFKC").toLowerCase().toUpperCase().toLowerCase()
}

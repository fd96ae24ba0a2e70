/** The codes of seats: eight characters of Crockford's base32, read out by people to people. */

const LENGTH = 8
const ALPHABET = /^[0-9A-HJKMNP-TV-Z]+$/
const MISREAD: Record<string, string> = { O: "0", I: "1", L: "1" }

/** The code that was meant, however it was typed: case, gaps, dashes and misread letters do not matter. Null: it cannot be one. */
export function readCode(typed: string): string | null {
  const code = [...typed.normalize("NFKC").toUpperCase()]
    .filter((character) => !/[\s\p{Pd}._]/u.test(character))
    .map((character) => MISREAD[character] ?? character)
    .join("")
  return code.length === LENGTH && ALPHABET.test(code) ? code : null
}

/** As it is shown and read out: two groups of four. */
export function groupCode(code: string): string {
  const read = readCode(code)
  return read === null ? code : `${read.slice(0, 4)}-${read.slice(4)}`
}

/** One character at a time, with a pause between the groups: for screen readers, which would make a word of it. */
export function spellCode(code: string): string {
  return groupCode(code)
    .split("-")
    .map((group) => [...group].join(" "))
    .join(", ")
}

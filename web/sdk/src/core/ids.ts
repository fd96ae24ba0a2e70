/** Unique ids that sort by the time they were drawn (ULID): 48 bits of time and 80 of randomness, in Crockford's base 32. */

const DIGITS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

export function newId(now: number = Date.now()): string {
  const random = crypto.getRandomValues(new Uint8Array(16))
  return [...digits(now, 10), ...[...random].map((byte) => DIGITS[byte % 32])].join("")
}

function digits(value: number, count: number): string[] {
  const found: string[] = []
  for (let left = value; found.length < count; left = Math.floor(left / 32)) found.unshift(DIGITS.charAt(left % 32))
  return found
}

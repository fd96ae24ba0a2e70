/** A found text in short, around the first place that was found, in parts that are marked and not. */

export interface Part {
  readonly text: string
  readonly marked: boolean
  /** Where it begins in the text. */
  readonly at: number
}

/** How much stands before the first place, and how much in all. */
const BEFORE = 60
const LONGEST = 240

/** `highlights` count in characters (code points), as the server gives them. */
export function excerpt(text: string, highlights: readonly (readonly [number, number])[]): Part[] {
  const letters = Array.from(text)
  const first = highlights[0]?.[0] ?? 0
  const start = first > BEFORE ? first - BEFORE : 0
  const end = Math.min(letters.length, start + LONGEST)
  const parts: Part[] = []
  const add = (from: number, to: number, marked: boolean) => {
    if (from < to) parts.push({ text: letters.slice(from, to).join(""), marked, at: from })
  }
  let done = start
  for (const [from, to] of highlights) {
    const [begin, stop] = [Math.max(from, done), Math.min(to, end)]
    if (begin >= stop) continue
    add(done, begin, false)
    add(begin, stop, true)
    done = stop
  }
  add(done, end, false)
  if (start > 0) parts.unshift({ text: "…", marked: false, at: -1 })
  if (end < letters.length) parts.push({ text: "…", marked: false, at: end })
  return parts
}

/** `@username` in what is written: completed while one writes, found when it is sent, marked when it is shown. */
import type { Member } from "@parley/sdk"

const TOKEN = /@([\p{L}\p{N}_.@+-]+)/gu
const BEFORE_CARET = /(?:^|[\s(])@([\p{L}\p{N}_.@+-]*)$/u
const OFFERED = 6

/** What stands between the `@` before the caret and the caret; null where nobody is being mentioned. */
export function mentionQuery(text: string, caret: number): string | null {
  return BEFORE_CARET.exec(text.slice(0, caret))?.[1] ?? null
}

/** Who can be meant: by the beginning of the username or of a word of the name. */
export function mentionable(members: readonly Member[], query: string, me: string): Member[] {
  const wanted = query.toLocaleLowerCase()
  const begins = (words: string) => words.split(/\s+/u).some((word) => word.toLocaleLowerCase().startsWith(wanted))
  return members
    .filter((member) => member.user !== me && (begins(member.username) || begins(member.name ?? "")))
    .slice(0, OFFERED)
}

/** The text with the mention under the caret completed, and where the caret is then. */
export function withMention(text: string, caret: number, username: string): { text: string; caret: number } {
  const query = mentionQuery(text, caret) ?? ""
  const head = `${text.slice(0, caret - query.length - 1)}@${username} `
  const tail = text.slice(caret)
  return { text: head + (tail.startsWith(" ") ? tail.slice(1) : tail), caret: head.length }
}

/** The members whose usernames stand in the text, each once. */
export function mentionsIn(text: string, members: readonly Member[]): string[] {
  const found = pieces(text, members).flatMap((piece) => (piece.user === null ? [] : [piece.user]))
  return [...new Set(found)]
}

export interface Piece {
  /** Where in the text it begins. */
  readonly at: number
  readonly text: string
  /** Who is mentioned by it, if it is a mention. */
  readonly user: string | null
}

/** The text cut into mentions of these people and what is between. */
export function pieces(text: string, people: readonly Pick<Member, "user" | "username">[]): Piece[] {
  const byName = new Map(people.map((person) => [person.username.toLocaleLowerCase(), person.user]))
  const cut: Piece[] = []
  let end = 0
  for (const match of text.matchAll(TOKEN)) {
    const name = longestName(match[1] ?? "", byName)
    const user = byName.get(name.toLocaleLowerCase())
    if (user === undefined) continue
    if (match.index > end) cut.push({ at: end, text: text.slice(end, match.index), user: null })
    cut.push({ at: match.index, text: `@${name}`, user })
    end = match.index + name.length + 1
  }
  if (end < text.length) cut.push({ at: end, text: text.slice(end), user: null })
  return cut
}

/** A full stop after a username belongs to the sentence, unless it is part of the username. */
function longestName(token: string, byName: ReadonlyMap<string, string>): string {
  let name = token
  while (name !== "" && !byName.has(name.toLocaleLowerCase()) && /[.@+-]$/u.test(name)) name = name.slice(0, -1)
  return name
}

/** The emoji's names and groups, from this app's own assets: nothing is loaded from another host. */
import germanEmoji from "emojibase-data/de/data.json?url"
import germanWords from "emojibase-data/de/messages.json?url"
import englishEmoji from "emojibase-data/en/data.json?url"
import englishWords from "emojibase-data/en/messages.json?url"
import type { EmojiData } from "frimousse"

interface Named {
  readonly emoji: string
  readonly label: string
  readonly group?: number
  readonly tags?: string[]
  readonly version: number
}

interface Words {
  readonly groups: { message: string; order: number }[]
}

const FILES: Record<string, { emoji: string; words: string }> = {
  de: { emoji: germanEmoji, words: germanWords },
  en: { emoji: englishEmoji, words: englishWords },
}

/** Newer ones are missing from the fonts of too many devices. */
const NEWEST = 15
/** Skin tones and the like: parts of emoji. */
const COMPONENTS = 2

export async function emojiData(locale: string, { signal }: { signal?: AbortSignal }): Promise<EmojiData> {
  const files = FILES[locale] ?? { emoji: englishEmoji, words: englishWords }
  const [emoji, words] = await Promise.all([json<Named[]>(files.emoji, signal), json<Words>(files.words, signal)])
  const emojis = emoji.flatMap(({ emoji, label, group, tags = [], version }) =>
    group === undefined || group === COMPONENTS || version > NEWEST
      ? []
      : [{ emoji, label, tags, version, category: group }],
  )
  const categories = words.groups
    .filter(({ order }) => order !== COMPONENTS)
    .map(({ message, order }) => ({
      index: order,
      label: message.charAt(0).toLocaleUpperCase(locale) + message.slice(1),
    }))
  const skinTones = { light: "", "medium-light": "", medium: "", "medium-dark": "", dark: "" }
  return { locale, emojis, categories, skinTones }
}

async function json<T>(url: string, signal: AbortSignal | undefined): Promise<T> {
  const response = await fetch(url, signal === undefined ? {} : { signal })
  if (!response.ok) throw new Error(`the emoji data answered ${response.status}`)
  return response.json()
}

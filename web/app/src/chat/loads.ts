/** What a chat shows beside its messages, loaded when it comes into view: people, files, messages that are quoted. */
import { type Media, type Message, type Profile, RequestFailed, type Rest } from "@parley/sdk"
import { createLoaded, type Loaded } from "./loaded.ts"
import { createPictures, type Pictures } from "./media/pictures.ts"

export interface Loads {
  readonly people: Loaded<Profile>
  /** What files are, by id. */
  readonly media: Loaded<Media>
  /** By `<conversation>.<seq>`. */
  readonly messages: Loaded<Message>
  readonly pictures: Pictures
}

const MEDIA_ASKED = 100

let current: { rest: Rest; me: string; loads: Loads } | null = null

/** Those of this user: what one user has loaded is never shown to another. */
export function loadsOf(rest: Rest, me: string): Loads {
  if (current?.rest === rest && current.me === me) return current.loads
  current?.loads.pictures.clear()
  current = { rest, me, loads: createLoads(rest) }
  return current.loads
}

function createLoads(rest: Rest): Loads {
  return {
    people: createLoaded(each((id) => rest.user(id))),
    media: createLoaded(async (ids) => new Map((await lookUp(rest, ids)).map((media) => [media.id, media]))),
    messages: createLoaded(each((id) => rest.message(id))),
    pictures: createPictures((id, whole) => (whole ? rest.media(id) : rest.thumbnail(id))),
  }
}

async function lookUp(rest: Rest, ids: string[]): Promise<Media[]> {
  const found: Media[] = []
  for (let from = 0; from < ids.length; from += MEDIA_ASKED)
    found.push(...(await rest.lookUpMedia(ids.slice(from, from + MEDIA_ASKED))))
  return found
}

/** One by one; what is refused for good is not there. */
function each<V>(load: (key: string) => Promise<V>): (keys: string[]) => Promise<Map<string, V>> {
  return async (keys) => {
    const found = new Map<string, V>()
    const one = async (key: string) => {
      try {
        found.set(key, await load(key))
      } catch (error) {
        if (!(error instanceof RequestFailed) || error.retry) throw error
      }
    }
    await Promise.all(keys.map(one))
    return found
  }
}

/** Pictures as `blob:` addresses: files need the access token, which an <img> cannot send. */
import { useEffect, useState } from "react"

export interface Pictures {
  /** Tells the address once it is loaded, or null when it cannot be; the answer lets go of it again. */
  hold(id: string, whole: boolean, tell: (url: string | null) => void): () => void
  clear(): void
}

interface Kept {
  readonly url: Promise<string>
  holders: number
}

/** Out of view they are kept within this bound, since rows come and go while one scrolls. */
const KEPT = 60

export function createPictures(load: (id: string, whole: boolean) => Promise<Blob>): Pictures {
  const kept = new Map<string, Kept>()

  const drop = (key: string, one: Kept) => {
    if (kept.get(key) === one) kept.delete(key)
    one.url.then(URL.revokeObjectURL, () => undefined)
  }
  const trim = () => {
    for (const [key, one] of kept) {
      if (kept.size <= KEPT) return
      if (one.holders === 0) drop(key, one)
    }
  }
  const take = (key: string, id: string, whole: boolean) => {
    const known = kept.get(key)
    kept.delete(key)
    const one = known ?? { url: load(id, whole).then((blob) => URL.createObjectURL(blob)), holders: 0 }
    kept.set(key, one)
    return one
  }
  return {
    hold: (id, whole, tell) => {
      const key = `${id}${whole ? " whole" : ""}`
      const one = take(key, id, whole)
      one.holders += 1
      let wanted = true
      one.url.then(
        (url) => wanted && tell(url),
        () => {
          if (kept.get(key) === one) kept.delete(key)
          if (wanted) tell(null)
        },
      )
      return () => {
        wanted = false
        one.holders -= 1
        trim()
      }
    },
    clear: () => {
      for (const [key, one] of [...kept]) drop(key, one)
    },
  }
}

/** `url` is null until it is there; `failed`: it could not be loaded. */
export function usePicture(pictures: Pictures, id: string, whole: boolean): { url: string | null; failed: boolean } {
  const [found, setFound] = useState<{ id: string; url: string | null } | null>(null)
  useEffect(() => pictures.hold(id, whole, (url) => setFound({ id, url })), [pictures, id, whole])
  const mine = found?.id === id ? found : null
  return { url: mine?.url ?? null, failed: mine !== null && mine.url === null }
}

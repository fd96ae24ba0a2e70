/** The pictures of people, by media id, as addresses that an <img> can show: loading one takes the access token. */
import { useEffect, useState } from "react"
import { useSession } from "./session.ts"

/** They are small, and the same few are shown again and again. */
const KEPT = 300

const faces = new Map<string, Promise<string>>()

/** Null until it is there, and when it cannot be had. */
export function useFace(media: string | null | undefined): string | null {
  const rest = useSession((session) => session.rest)
  const [face, setFace] = useState<{ media: string; url: string } | null>(null)
  useEffect(() => {
    if (!media) return
    let here = true
    load(media, (id) => rest.thumbnail(id)).then(
      (url) => here && setFace({ media, url }),
      () => faces.delete(media),
    )
    return () => {
      here = false
    }
  }, [media, rest])
  return face !== null && face.media === media ? face.url : null
}

function load(media: string, get: (id: string) => Promise<Blob>): Promise<string> {
  const known = faces.get(media)
  const url = known ?? get(media).then((picture) => URL.createObjectURL(picture))
  faces.delete(media)
  faces.set(media, url)
  const oldest = faces.keys().next().value
  if (faces.size > KEPT && oldest !== undefined) forget(oldest)
  return url
}

function forget(media: string): void {
  faces.get(media)?.then(URL.revokeObjectURL, () => undefined)
  faces.delete(media)
}

export function clearFaces(): void {
  for (const media of Array.from(faces.keys())) forget(media)
}

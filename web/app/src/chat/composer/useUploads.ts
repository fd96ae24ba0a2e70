/** The files of the message that is being written, on their way to the server while one writes. */
import type { Media } from "@parley/sdk"
import { useEffect, useRef, useState } from "react"
import { useChat } from "../context.ts"
import { MAX_FILE_BYTES, MAX_FILES } from "../model/files.ts"

export interface Upload {
  readonly id: number
  readonly file: File
  /** Of a picture. */
  readonly preview: string | null
  /** How much has been sent, from 0 to 1. */
  readonly share: number
  readonly media: Media | null
  readonly error: unknown
}

/** Why a file was not taken. */
export interface NotTaken {
  readonly reason: "too_large" | "too_many" | "empty"
  readonly name: string
}

export interface Uploads {
  readonly all: readonly Upload[]
  readonly notTaken: readonly NotTaken[]
  add(files: readonly File[]): void
  retry(id: number): void
  /** Stops it, if it is under way. */
  remove(id: number): void
  /** They have become part of a message. */
  clear(): void
}

/** Which of these files fit in beside `held` others. */
export function sifted(files: readonly File[], held: number): { taken: File[]; notTaken: NotTaken[] } {
  const notTaken: NotTaken[] = []
  const fitting = files.filter((file) => {
    if (file.size > 0 && file.size <= MAX_FILE_BYTES) return true
    notTaken.push({ reason: file.size === 0 ? "empty" : "too_large", name: file.name })
    return false
  })
  const taken = fitting.slice(0, Math.max(0, MAX_FILES - held))
  const over = fitting[taken.length]
  if (over !== undefined) notTaken.push({ reason: "too_many", name: over.name })
  return { taken, notTaken }
}

let numbered = 0

export function useUploads(): Uploads {
  const { rest, loads } = useChat()
  const [all, setAll] = useState<readonly Upload[]>([])
  const [notTaken, setNotTaken] = useState<readonly NotTaken[]>([])
  const running = useRef(new Map<number, AbortController>())
  const previews = useRef(new Set<string>())

  useEffect(() => {
    const [controllers, urls] = [running.current, previews.current]
    return () => {
      for (const controller of controllers.values()) controller.abort()
      for (const url of urls) URL.revokeObjectURL(url)
    }
  }, [])

  const change = (id: number, to: Partial<Upload>) =>
    setAll((before) => before.map((one) => (one.id === id ? { ...one, ...to } : one)))

  const run = async (id: number, file: File) => {
    const controller = new AbortController()
    running.current.set(id, controller)
    change(id, { share: 0, error: null })
    try {
      const onProgress = (share: number) => change(id, { share })
      const media = await rest.upload(file, { onProgress, signal: controller.signal })
      loads.media.put(media.id, media)
      change(id, { media, share: 1 })
    } catch (error) {
      if (!controller.signal.aborted) change(id, { error })
    } finally {
      running.current.delete(id)
    }
  }

  const begin = (file: File): Upload => {
    const preview = file.type.startsWith("image/") ? URL.createObjectURL(file) : null
    if (preview !== null) previews.current.add(preview)
    numbered += 1
    return { id: numbered, file, preview, share: 0, media: null, error: null }
  }

  const release = (gone: readonly Upload[]) => {
    for (const { id, preview } of gone) {
      running.current.get(id)?.abort()
      if (preview === null) continue
      URL.revokeObjectURL(preview)
      previews.current.delete(preview)
    }
  }

  return {
    all,
    notTaken,
    add: (files) => {
      const sift = sifted(files, all.length)
      const begun = sift.taken.map(begin)
      setNotTaken(sift.notTaken)
      setAll([...all, ...begun])
      for (const one of begun) void run(one.id, one.file)
    },
    retry: (id) => {
      const one = all.find((upload) => upload.id === id)
      if (one !== undefined) void run(id, one.file)
    },
    remove: (id) => {
      release(all.filter((one) => one.id === id))
      setAll(all.filter((one) => one.id !== id))
      setNotTaken([])
    },
    clear: () => {
      release(all)
      setAll([])
      setNotTaken([])
    },
  }
}

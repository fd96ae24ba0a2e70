import type { ReactNode } from "react"
import { useFace } from "../state/faces.ts"
import classes from "./Avatar.module.css"
import { PresenceDot } from "./PresenceDot.tsx"

interface Props {
  /** Whose it is: a user's id, or a conversation's. Gives the colour. */
  id: string
  name: string
  /** The media id of the picture. */
  picture?: string | null | undefined
  size?: number
  /** The user whose presence is shown on it. */
  presence?: string | undefined
}

/** Somebody's picture, or else initials. The name stands beside it, so it says nothing to a screen reader. */
export function Avatar({ id, name, picture, size = 40, presence }: Props): ReactNode {
  const url = useFace(picture)
  return (
    <span
      className={classes.avatar}
      data-hue={hue(id)}
      style={{ width: size, height: size, fontSize: Math.round(size * 0.4) }}
    >
      {url === null ? (
        <span aria-hidden="true">{initials(name)}</span>
      ) : (
        <img className={classes.picture} src={url} alt="" />
      )}
      <PresenceDot user={presence} />
    </span>
  )
}

/** The first letters of the first two words. */
export function initials(name: string): string {
  const words = name.split(/[\s._-]+/).filter(Boolean)
  const letters = words.slice(0, 2).map((word) => Array.from(word)[0] ?? "")
  return letters.join("").toUpperCase() || "?"
}

/** One of eight colours, always the same for the same id. */
function hue(id: string): number {
  let sum = 0
  for (const letter of id) sum = (sum * 31 + (letter.codePointAt(0) ?? 0)) % 65_521
  return sum % 8
}

import type { ReactNode } from "react"
import { useFormat } from "../format.ts"

interface Props {
  at: string
  /** How it is put: the time if it was today and else the day (`brief`), or "2 hours ago" (`relative`). */
  as?: "brief" | "relative"
}

/** A time in short, with all of it on hover. */
export function RelativeTime({ at, as = "brief" }: Props): ReactNode {
  const format = useFormat()
  return (
    <time dateTime={at} title={format.full(at)}>
      {format[as](at)}
    </time>
  )
}

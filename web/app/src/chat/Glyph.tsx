import type { ReactNode } from "react"

/** The chat window's own shapes, on a grid of 24 by 24, drawn as lines. */
const SHAPES = {
  attach: "M19 11l-7.5 7.5a4.6 4.6 0 0 1-6.5-6.5L13 4a3 3 0 0 1 4.3 4.3L9.5 16a1.5 1.5 0 0 1-2.1-2.1L14 7.3",
  down: "M6 9.5l6 6 6-6",
  up: "M6 14.5l6-6 6 6",
  download: "M12 4v11M7 10.5l5 5 5-5M5 20h14",
  file: "M6 3h8l4 4v14H6zM14 3v4h4",
  link: "M10 14a4 4 0 0 0 5.7 0l3-3a4 4 0 0 0-5.7-5.7l-1 1M14 10a4 4 0 0 0-5.7 0l-3 3a4 4 0 0 0 5.7 5.7l1-1",
  reply: "M9 6L4 11l5 5M4 11h9a7 7 0 0 1 7 7",
  retry: "M19 6v5h-5M19 11a7.5 7.5 0 1 0-1.6 5.5",
  send: "M4 12l16-8-6 17-3-7zM11 14l4-4.5",
  smile: "M12 3a9 9 0 1 0 0 18a9 9 0 1 0 0-18M8.5 14.5c1.8 2.3 5.2 2.3 7 0M9 9.5v.01M15 9.5v.01",
} as const

/** A picture on a labelled button or beside a text: it says nothing to a screen reader. */
export function Glyph({ name, size = 20 }: { name: keyof typeof SHAPES; size?: number }): ReactNode {
  return (
    <svg
      width={size}
      height={size}
      viewBox="0 0 24 24"
      fill="none"
      stroke="currentColor"
      strokeWidth={1.8}
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
    >
      <path d={SHAPES[name]} />
    </svg>
  )
}

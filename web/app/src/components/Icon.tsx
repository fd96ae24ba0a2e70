import type { ReactNode } from "react"

/** The shapes, on a grid of 24 by 24, drawn as lines. */
const SHAPES = {
  alert: "M12 8v5M12 16.5v.01M12 3 2.5 20h19z",
  back: "M15 5l-7 7 7 7",
  bellOff: "M6 8a6 6 0 0 1 9-5.2M18 8c0 4 1 6 2 7M6 10c0 4-2 6-2 7h13M10 20a2 2 0 0 0 4 0M3 3l18 18",
  block: "M12 3a9 9 0 1 0 0 18a9 9 0 1 0 0-18M5.6 5.6l12.8 12.8",
  camera: "M4 8h3l2-3h6l2 3h3v11H4zM12 10a3.2 3.2 0 1 0 0 6.4a3.2 3.2 0 1 0 0-6.4",
  chat: "M4 5h16v11H10l-5 4v-4H4z",
  check: "M5 12.5l4.5 4.5L19 7.5",
  checks: "M2 12.5l4.5 4.5L15 8M11 15.5l1.5 1.5L21.5 8",
  clock: "M12 4a8 8 0 1 0 0 16a8 8 0 1 0 0-16M12 8v4.5l3 1.5",
  close: "M6 6l12 12M18 6L6 18",
  copy: "M9 9h11v11H9zM5 15H4V4h11v1",
  devices: "M3 5h13v9H3zM7 18h5M18 9h3v10h-5v-3",
  dots: "M12 5v.01M12 12v.01M12 19v.01",
  edit: "M4 20h4L19 9l-4-4L4 16zM13 7l4 4",
  group:
    "M9 4.5a3.5 3.5 0 1 0 0 7a3.5 3.5 0 1 0 0-7M2.5 20c0-3.5 3-5.5 6.5-5.5s6.5 2 6.5 5.5M16 5a3.2 3.2 0 0 1 0 6M18 15c2 .7 3.5 2.4 3.5 5",
  help: "M12 3a9 9 0 1 0 0 18a9 9 0 1 0 0-18M9.5 9.5a2.5 2.5 0 1 1 3.5 2.3c-.7.3-1 .8-1 1.7M12 16.8v.01",
  info: "M12 3a9 9 0 1 0 0 18a9 9 0 1 0 0-18M12 11v5.5M12 7.5v.01",
  leave: "M14 4H5v16h9M10 12h11M17 8l4 4-4 4",
  lock: "M6 11h12v9H6zM8.5 11V8a3.5 3.5 0 0 1 7 0v3",
  mute: "M4 9h4l5-4v14l-5-4H4zM17 9.5l5 5M22 9.5l-5 5",
  open: "M14 4h6v6M20 4l-9 9M18 14v6H4V6h6",
  people: "M12 4a4 4 0 1 0 0 8a4 4 0 1 0 0-8M4.5 20.5c0-4 3.4-6 7.5-6s7.5 2 7.5 6",
  plus: "M12 5v14M5 12h14",
  search: "M10.5 4a6.5 6.5 0 1 0 0 13a6.5 6.5 0 1 0 0-13M15.5 15.5L21 21",
  share: "M12 15V4M8 7.5L12 3.5l4 4M6 11H5v9h14v-9h-1",
  bell: "M6 17h12c-1-1-1.5-3-1.5-6a4.5 4.5 0 0 0-9 0c0 3-.5 5-1.5 6M10 20a2 2 0 0 0 4 0",
  settings:
    "M12 9a3 3 0 1 0 0 6a3 3 0 1 0 0-6M12 2.5v3M12 18.5v3M2.5 12h3M18.5 12h3M5.3 5.3l2.1 2.1M16.6 16.6l2.1 2.1M5.3 18.7l2.1-2.1M16.6 7.4l2.1-2.1",
  trash: "M4 7h16M9 7V4h6v3M6.5 7l1 13h9l1-13M10 11v5.5M14 11v5.5",
  unread: "M4 6h10M4 12h16M4 18h16M19 3.5a2 2 0 1 0 0 4a2 2 0 1 0 0-4",
} as const

export type IconName = keyof typeof SHAPES

/** A picture beside a text or on a labelled button: it says nothing to a screen reader. */
export function Icon({ name, size = 20 }: { name: IconName; size?: number }): ReactNode {
  return (
    <svg
      width={size}
      height={size}
      viewBox="0 0 24 24"
      fill="none"
      stroke="currentColor"
      strokeWidth={name === "dots" ? 3 : 1.8}
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
    >
      <path d={SHAPES[name]} />
    </svg>
  )
}

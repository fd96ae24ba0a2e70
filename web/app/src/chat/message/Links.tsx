import Linkify from "linkify-react"
import type { Opts } from "linkifyjs"
import type { ReactNode } from "react"
import { useTabIndex } from "./reach.ts"

/** What is written with another scheme stays text. */
const OTHER_SCHEME = /^(?!https?:)[a-z][a-z+.-]*:\/\//iu

const links = (tabIndex: number): Opts => ({
  attributes: { tabIndex },
  defaultProtocol: "https",
  target: "_blank",
  rel: "noopener noreferrer",
  truncate: 80,
  validate: { url: (text) => !OTHER_SCHEME.test(text) },
})

const REACHED = links(0)
const PASSED = links(-1)

/** The same with its links as links. */
export default function Links({ children }: { children: ReactNode }): ReactNode {
  return <Linkify options={useTabIndex() === 0 ? REACHED : PASSED}>{children}</Linkify>
}

import Linkify from "linkify-react"
import type { Opts } from "linkifyjs"
import { memo, type ReactNode, useMemo } from "react"
import { useChat } from "../context.ts"
import { pieces } from "../model/mentions.ts"
import classes from "./Body.module.css"
import { useTabIndex } from "./reach.ts"

/** What is written with another scheme stays text. */
const OTHER_SCHEME = /^(?!https?:)[a-z][a-z+.-]*:\/\//iu

const EMOJI =
  /^(?:(?:\p{RI}{2}|\p{Extended_Pictographic}\ufe0f?\p{EMod}?(?:\u200d\p{Extended_Pictographic}\ufe0f?\p{EMod}?)*)\s*){1,3}$/u

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

interface Props {
  text: string
  mentions: readonly string[]
}

/** What was written, with its links and with those it mentions. */
export const Body = memo(function Body({ text, mentions }: Props): ReactNode {
  const { summary, me } = useChat()
  const members = summary?.members
  const tabIndex = useTabIndex()
  const cut = useMemo(
    () =>
      pieces(
        text,
        (members ?? []).filter((member) => mentions.includes(member.user)),
      ),
    [text, members, mentions],
  )
  return (
    <span className={classes.text} data-large={isOnlyEmoji(text) || undefined}>
      <Linkify options={tabIndex === 0 ? REACHED : PASSED}>
        {cut.map((piece) =>
          piece.user === null ? piece.text : <Mention key={piece.at} name={piece.text} mine={piece.user === me} />,
        )}
      </Linkify>
    </span>
  )
})

function Mention({ name, mine }: { name: string; mine: boolean }): ReactNode {
  return (
    <b className={classes.mention} data-mine={mine || undefined}>
      {name}
    </b>
  )
}

/** Up to three emoji and nothing else are shown large. */
function isOnlyEmoji(text: string): boolean {
  return text.length <= 24 && EMOJI.test(text)
}

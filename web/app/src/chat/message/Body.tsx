import { lazy, memo, type ReactNode, Suspense, useMemo } from "react"
import { useChat } from "../context.ts"
import { pieces } from "../model/mentions.ts"
import classes from "./Body.module.css"

const EMOJI =
  /^(?:(?:\p{RI}{2}|\p{Extended_Pictographic}\ufe0f?\p{EMod}?(?:\u200d\p{Extended_Pictographic}\ufe0f?\p{EMod}?)*)\s*){1,3}$/u

const Links = lazy(() => import("./Links.tsx"))

/** Only what looks like having one is searched for links. */
const LIKE_A_LINK = /:\/\/|\S\.\S/u

interface Props {
  text: string
  mentions: readonly string[]
}

/** What was written, with its links and with those it mentions. */
export const Body = memo(function Body({ text, mentions }: Props): ReactNode {
  const { summary, me } = useChat()
  const members = summary?.members
  const cut = useMemo(
    () =>
      pieces(
        text,
        (members ?? []).filter((member) => mentions.includes(member.user)),
      ),
    [text, members, mentions],
  )
  const shown = cut.map((piece) =>
    piece.user === null ? piece.text : <Mention key={piece.at} name={piece.text} mine={piece.user === me} />,
  )
  return (
    <span className={classes.text} data-large={isOnlyEmoji(text) || undefined}>
      {LIKE_A_LINK.test(text) ? (
        <Suspense fallback={shown}>
          <Links>{shown}</Links>
        </Suspense>
      ) : (
        shown
      )}
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

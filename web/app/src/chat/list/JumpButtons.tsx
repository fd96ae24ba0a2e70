import type { TimelineView } from "@parley/sdk"
import type { Virtualizer } from "@tanstack/react-virtual"
import { type ReactNode, useEffect, useState } from "react"
import { useTranslation } from "react-i18next"
import { Icon } from "../../components/Icon.tsx"
import { isLookedAt } from "../attention.ts"
import { useChat } from "../context.ts"
import { Glyph } from "../Glyph.tsx"
import type { Row } from "../model/rows.ts"
import { countsAsUnread } from "../model/unread.ts"
import classes from "./JumpButtons.module.css"

interface Props {
  virtualizer: Virtualizer<HTMLDivElement, Element>
  rows: readonly Row[]
  view: TimelineView
  /** Up to where this window has been looked through. */
  seen: number
  firstUnread: number | null
  /** The newest message was gone to, past whatever is above. */
  jumped: boolean
  onBottom: () => void
  onFirstUnread: () => void
}

const FAR_PX = 240

/** To the newest message, with how many there are to be read; and back to the first of the unread. */
export function JumpButtons(props: Props): ReactNode {
  const { virtualizer, rows, view, firstUnread } = props
  const far = !view.atEnd || virtualizer.getDistanceFromEnd() > FAR_PX
  return (
    <>
      {firstUnread !== null && <ToFirstUnread key={firstUnread} {...props} firstUnread={firstUnread} />}
      {far && rows.length > 0 && <ToBottom {...props} />}
    </>
  )
}

function ToBottom({ view, seen, onBottom }: Props): ReactNode {
  const { me, summary } = useChat()
  const { t } = useTranslation("chat")
  const below = view.messages.filter((message) => message.seq > seen && countsAsUnread(message, me)).length
  const count = view.atEnd ? below : (summary?.unread ?? 0)
  return (
    <button
      type="button"
      className={classes.bottom}
      aria-label={count > 0 ? t("to_bottom_new", { count }) : t("to_bottom")}
      onClick={onBottom}
    >
      {count > 0 && (
        <span className={classes.count} aria-hidden="true">
          {count > 999 ? "999+" : count}
        </span>
      )}
      <Glyph name="down" size={22} />
    </button>
  )
}

/** Not for what one has come past while reading: only for what was never in view, or jumped over. */
function ToFirstUnread({
  rows,
  virtualizer,
  view,
  jumped,
  firstUnread,
  onFirstUnread,
}: Props & { firstUnread: number }) {
  const { t } = useTranslation("chat")
  const [shown, setShown] = useState(false)
  const [dismissed, setDismissed] = useState(false)
  const { startIndex = 0, endIndex = 0 } = virtualizer.range ?? {}
  const border = rows.findIndex((row) => row.type === "unread")
  const inView = border !== -1 && border >= startIndex && border <= endIndex
  useEffect(() => {
    if (inView && isLookedAt()) setShown(true)
  }, [inView])
  const above = border === -1 ? (view.messages[0]?.seq ?? 0) > firstUnread : border < startIndex
  if (!above || dismissed || (shown && !jumped)) return null
  return (
    <div className={classes.unread}>
      <button
        type="button"
        className={classes.jump}
        onClick={() => {
          setShown(true)
          onFirstUnread()
        }}
      >
        <Glyph name="up" size={18} />
        {t("to_first_unread")}
      </button>
      <button type="button" className={classes.dismiss} aria-label={t("dismiss")} onClick={() => setDismissed(true)}>
        <Icon name="close" size={16} />
      </button>
    </div>
  )
}

import type { ReactNode } from "react"
import { useTranslation } from "react-i18next"
import { useChat, useNames } from "../context.ts"
import type { Entry } from "../model/entries.ts"
import classes from "./Reactions.module.css"
import { useTabIndex } from "./reach.ts"

/** Who reacted with what; a click adds one's own, or takes it away. */
export function Reactions({ entry }: { entry: Entry }): ReactNode {
  const { t } = useTranslation("chat")
  const all = Object.entries(entry.reactions).filter(([, users]) => users.length > 0)
  if (all.length === 0 || entry.deleted) return null
  return (
    <ul className={classes.list} aria-label={t("reactions")}>
      {all.map(([emoji, users]) => (
        <li key={emoji}>
          <Reaction entry={entry} emoji={emoji} users={users} />
        </li>
      ))}
    </ul>
  )
}

const NAMED = 10

function Reaction({ entry, emoji, users }: { entry: Entry; emoji: string; users: readonly string[] }): ReactNode {
  const { actions, me } = useChat()
  const { t, i18n } = useTranslation("chat")
  const { t: common } = useTranslation("common")
  const shown = users.slice(0, NAMED)
  const nameOf = useNames(shown)
  const tabIndex = useTabIndex()
  const mine = users.includes(me)
  const list = new Intl.ListFormat(i18n.language, { style: "short" })
  const more = users.length > NAMED ? [`+${users.length - NAMED}`] : []
  const names = list.format([...shown.map((user) => (user === me ? common("you") : nameOf(user))), ...more])
  const reaction = t("reaction", { count: users.length, emoji, names })
  return (
    <button
      type="button"
      className={classes.reaction}
      tabIndex={tabIndex}
      aria-pressed={mine}
      aria-label={mine ? t("reaction_mine", { reaction }) : t("reaction_add", { reaction })}
      title={names}
      onClick={() => actions.react(entry, emoji)}
    >
      <span aria-hidden="true">{emoji}</span>
      <span aria-hidden="true">{users.length}</span>
    </button>
  )
}

import type { ReactNode } from "react"
import { useTranslation } from "react-i18next"
import { Avatar } from "../../components/Avatar.tsx"
import { nameOf } from "../../state/summaries.ts"
import classes from "./MentionList.module.css"
import type { Mentions } from "./useMentions.ts"

interface Props {
  id: string
  mentions: Mentions
  onTake: (username: string) => void
}

/** Whom one may mean by what stands after the `@`. The focus stays in the text. */
export function MentionList({ id, mentions, onTake }: Props): ReactNode {
  const { t } = useTranslation("chat")
  return (
    <div id={id} role="listbox" aria-label={t("composer.mentions")} className={classes.list}>
      {mentions.offered.map((member, index) => (
        // biome-ignore lint/a11y/useKeyWithClickEvents: the keys are the text area's, where the focus is
        <div
          key={member.user}
          id={`${id}-${index}`}
          role="option"
          tabIndex={-1}
          aria-selected={index === mentions.chosen}
          className={classes.option}
          onMouseEnter={() => mentions.choose(index)}
          onMouseDown={(event) => event.preventDefault()}
          onClick={() => onTake(member.username)}
        >
          <Avatar id={member.user} name={nameOf(member)} picture={member.picture} size={28} />
          <span className={classes.name}>{nameOf(member)}</span>
          <span className={classes.username}>@{member.username}</span>
        </div>
      ))}
    </div>
  )
}

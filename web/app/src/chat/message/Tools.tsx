import { ActionIcon } from "@mantine/core"
import type { MouseEvent, ReactNode } from "react"
import { useTranslation } from "react-i18next"
import { Icon } from "../../components/Icon.tsx"
import { useChat } from "../context.ts"
import { Glyph } from "../Glyph.tsx"
import type { Entry } from "../model/entries.ts"
import { useTabIndex } from "./reach.ts"
import classes from "./Tools.module.css"

/** What is done most, beside the message that the mouse or the keyboard is at; touch has the menu by a long press. */
export function Tools({ entry }: { entry: Entry }): ReactNode {
  const { actions } = useChat()
  const { t } = useTranslation("chat")
  const tabIndex = useTabIndex()
  if (entry.seq === null) return null
  const common = { tabIndex, size: 28, variant: "subtle", color: "gray" } as const
  return (
    <div className={classes.tools} role="toolbar" aria-label={t("actions.label")} data-tools>
      {!entry.deleted && (
        <>
          <ActionIcon
            {...common}
            aria-label={t("actions.react")}
            onClick={(event) => actions.pick(entry, below(event))}
          >
            <Glyph name="smile" size={18} />
          </ActionIcon>
          <ActionIcon {...common} aria-label={t("actions.reply")} onClick={() => actions.reply(entry)}>
            <Glyph name="reply" size={18} />
          </ActionIcon>
        </>
      )}
      <ActionIcon
        {...common}
        aria-label={t("actions.more")}
        aria-haspopup="menu"
        onClick={(event) => actions.menu(entry, below(event))}
      >
        <Icon name="dots" size={18} />
      </ActionIcon>
    </div>
  )
}

function below(event: MouseEvent<HTMLElement>): { x: number; y: number } {
  const { left, bottom } = event.currentTarget.getBoundingClientRect()
  return { x: left, y: bottom }
}

import "../../styles-overlays.ts"
import { Menu } from "@mantine/core"
import type { ReactNode } from "react"
import { useTranslation } from "react-i18next"
import { Icon } from "../../components/Icon.tsx"
import { useChat } from "../context.ts"
import { Glyph } from "../Glyph.tsx"
import type { Entry } from "../model/entries.ts"
import { copyLink, copyText } from "./copying.ts"
import classes from "./MessageMenu.module.css"
import { useReturnFocus } from "./useReturnFocus.ts"

const FINGERS = "(pointer: coarse)"
const QUICK = ["👍", "❤️", "😂", "😮", "😢", "🎉"] as const

interface Props {
  entry: Entry
  at: { x: number; y: number }
  onClose: () => void
  onInfo: () => void
  /** Told whether something was copied. */
  onCopied: (copied: boolean) => void
}

/** Everything that can be done to a message. */
export default function MessageMenu({ entry, at, onClose, onInfo, onCopied }: Props): ReactNode {
  const { actions, conversation, summary, me } = useChat()
  const { t } = useTranslation("chat")
  const { seq, text, deleted } = entry
  useReturnFocus()
  const admin = summary?.kind === "group" && summary.members.some((one) => one.user === me && one.role === "admin")
  return (
    <Menu
      opened
      onClose={onClose}
      position="bottom-start"
      shadow="md"
      width={matchMedia(FINGERS).matches ? 290 : 236}
      trapFocus
      withInitialFocusPlaceholder={false}
      // Not by the key that opened it.
      clickOutsideEvents={["mousedown", "touchstart"]}
      middlewares={{ flip: true, shift: { padding: 8 } }}
      transitionProps={{ duration: 0 }}
    >
      <Menu.Target>
        <span aria-hidden="true" style={{ position: "fixed", left: at.x, top: at.y }} />
      </Menu.Target>
      <Menu.Dropdown aria-label={t("actions.label")}>
        {seq !== null && !deleted && (
          <div className={classes.quick}>
            {QUICK.map((emoji) => (
              <Menu.Item
                key={emoji}
                className={classes.emoji}
                data-mine={entry.reactions[emoji]?.includes(me) || undefined}
                aria-label={t("actions.react_with", { emoji })}
                onClick={() => actions.react(entry, emoji)}
              >
                {emoji}
              </Menu.Item>
            ))}
          </div>
        )}
        {seq !== null && !deleted && (
          <>
            <Menu.Item leftSection={<Glyph name="smile" size={18} />} onClick={() => actions.pick(entry, at)}>
              {t("actions.more_emoji")}
            </Menu.Item>
            <Menu.Item leftSection={<Glyph name="reply" size={18} />} onClick={() => actions.reply(entry)}>
              {t("actions.reply")}
            </Menu.Item>
          </>
        )}
        {entry.own && seq !== null && text !== null && !deleted && (
          <Menu.Item leftSection={<Icon name="edit" size={18} />} onClick={() => actions.edit(entry)}>
            {t("actions.edit")}
          </Menu.Item>
        )}
        {text !== null && !deleted && (
          <Menu.Item leftSection={<Icon name="copy" size={18} />} onClick={() => void copyText(text).then(onCopied)}>
            {t("actions.copy_text")}
          </Menu.Item>
        )}
        {seq !== null && summary?.kind !== "ephemeral" && (
          <Menu.Item
            leftSection={<Glyph name="link" size={18} />}
            onClick={() => void copyLink(conversation, seq).then(onCopied)}
          >
            {t("actions.copy_link")}
          </Menu.Item>
        )}
        {seq !== null && (
          <Menu.Item leftSection={<Icon name="info" size={18} />} onClick={onInfo}>
            {t("actions.info")}
          </Menu.Item>
        )}
        {seq !== null && !deleted && (entry.own || admin) && (
          <Menu.Item
            className={classes.danger}
            leftSection={<Icon name="trash" size={18} />}
            onClick={() => actions.remove(entry)}
          >
            {t("actions.delete")}
          </Menu.Item>
        )}
      </Menu.Dropdown>
    </Menu>
  )
}

import { ActionIcon, Menu } from "@mantine/core"
import type { Summary } from "@parley/sdk"
import { type ReactNode, useState } from "react"
import { useTranslation } from "react-i18next"
import { Link } from "wouter"
import { Confirm } from "../../components/Confirm.tsx"
import { Icon } from "../../components/Icon.tsx"
import { conversationTitle } from "../../state/conversations.ts"
import { useUser } from "../../state/session.ts"
import { isMuted, peerOf } from "../../state/summaries.ts"
import { detailsPath } from "./routes.ts"
import { useConversationActions } from "./useConversationActions.ts"

interface Props {
  summary: Summary
  /** Told when it has been closed and nothing is left to ask. */
  onClose: () => void
  className?: string | undefined
}

const HOUR = 3_600_000

/** What can be done with a conversation; open from the start. */
export default function ConversationMenu({ summary, className, onClose }: Props): ReactNode {
  const { t } = useTranslation()
  const me = useUser().id
  const act = useConversationActions(summary)
  const [opened, setOpened] = useState(true)
  const [asking, setAsking] = useState<"leave" | "block" | null>(null)
  const peer = peerOf(summary, me)
  const title = conversationTitle(summary, me)
  const close = () => {
    setOpened(false)
    if (asking === null) onClose()
  }
  return (
    <>
      <Menu opened={opened} onClose={close} position="bottom-end" width={230} closeOnItemClick={false} returnFocus>
        <Menu.Target>
          <ActionIcon className={className} aria-label={`${t("chat.menu")}: ${title}`} onClick={close}>
            <Icon name="dots" size={18} />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item
            component={Link}
            href={detailsPath(summary.id)}
            leftSection={<Icon name="info" size={16} />}
            onClick={close}
          >
            {t("chat.details")}
          </Menu.Item>
          <Menu.Item
            component={Link}
            href={`/search?in=${encodeURIComponent(summary.id)}`}
            leftSection={<Icon name="search" size={16} />}
            onClick={close}
          >
            {t("chat.search_here")}
          </Menu.Item>
          <UnreadItem summary={summary} act={act} close={close} />
          <Menu.Divider />
          <MuteItems summary={summary} act={act} close={close} />
          <Menu.Divider />
          {summary.kind === "group" && (
            <Menu.Item color="red" leftSection={<Icon name="leave" size={16} />} onClick={() => ask("leave")}>
              {t("chat.leave")}
            </Menu.Item>
          )}
          {peer !== undefined && (
            <Menu.Item
              {...(!summary.blocked && { color: "red" })}
              leftSection={<Icon name="block" size={16} />}
              onClick={() => (summary.blocked ? done(act.unblock(peer.user)) : ask("block"))}
            >
              {t(summary.blocked ? "chat.unblock" : "chat.block")}
            </Menu.Item>
          )}
        </Menu.Dropdown>
      </Menu>
      <Confirm
        opened={asking === "leave"}
        title={t("chat.leave_title", { name: title })}
        text={t("chat.leave_text")}
        action={t("chat.leave")}
        onConfirm={act.leave}
        onClose={onClose}
      />
      {peer !== undefined && (
        <Confirm
          opened={asking === "block"}
          title={t("chat.block_title", { name: title })}
          text={t("chat.block_text", { name: title })}
          action={t("chat.block")}
          onConfirm={() => act.block(peer.user)}
          onClose={onClose}
        />
      )}
    </>
  )

  function ask(what: "leave" | "block") {
    setAsking(what)
    setOpened(false)
  }

  function done(doing: Promise<unknown>) {
    void doing
    close()
  }
}

interface Part {
  summary: Summary
  act: ReturnType<typeof useConversationActions>
  close: () => void
}

function UnreadItem({ summary, act, close }: Part): ReactNode {
  const { t } = useTranslation()
  const unread = summary.unread > 0 || summary.marked_unread
  const change = () => {
    void (unread ? act.markRead() : act.markUnread())
    close()
  }
  return (
    <Menu.Item leftSection={<Icon name="unread" size={16} />} onClick={change}>
      {t(unread ? "chat.mark_read" : "chat.mark_unread")}
    </Menu.Item>
  )
}

function MuteItems({ summary, act, close }: Part): ReactNode {
  const { t } = useTranslation()
  const mute = (hours: number | null) => () => {
    void act.mute(hours === null ? null : new Date(Date.now() + hours * HOUR).toISOString())
    close()
  }
  const unmute = () => {
    void act.unmute()
    close()
  }
  const icon = <Icon name="mute" size={16} />
  if (isMuted(summary, Date.now())) {
    return (
      <Menu.Item leftSection={icon} onClick={unmute}>
        {t("chat.unmute")}
      </Menu.Item>
    )
  }
  return (
    <>
      <Menu.Item leftSection={icon} onClick={mute(1)}>
        {t("chat.mute_1h")}
      </Menu.Item>
      <Menu.Item leftSection={icon} onClick={mute(8)}>
        {t("chat.mute_8h")}
      </Menu.Item>
      <Menu.Item leftSection={icon} onClick={mute(null)}>
        {t("chat.mute_always")}
      </Menu.Item>
    </>
  )
}

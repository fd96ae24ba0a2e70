import "../../styles-overlays.ts"
import { ActionIcon, Menu } from "@mantine/core"
import type { Summary } from "@parley/sdk"
import { lazy, type ReactNode, Suspense, useState } from "react"
import { useTranslation } from "react-i18next"
import { Link } from "wouter"
import { Icon } from "../../components/Icon.tsx"
import { conversationTitle } from "../../state/conversations.ts"
import { useUser } from "../../state/session.ts"
import { isMuted, peerOf } from "../../state/summaries.ts"
import { detailsPath } from "./routes.ts"
import { useAsked } from "./useAsked.ts"
import { useConversationActions } from "./useConversationActions.ts"

interface Props {
  summary: Summary
  /** What the button is called. */
  label: string
  asked: number
  className?: string | undefined
}

const Confirm = lazy(() => import("../../components/Confirm.tsx").then((module) => ({ default: module.Confirm })))

const HOUR = 3_600_000

/** What can be done with a conversation. */
export default function ConversationMenu({ summary, label, asked, className }: Props): ReactNode {
  const { t } = useTranslation()
  const me = useUser().id
  const act = useConversationActions(summary)
  const { opened, setOpened, target } = useAsked(asked)
  const [asking, setAsking] = useState<"leave" | "block" | null>(null)
  const peer = peerOf(summary, me)
  const title = conversationTitle(summary, me)
  return (
    <>
      <Menu opened={opened} onChange={setOpened} position="bottom-end" width={230}>
        <Menu.Target>
          <ActionIcon ref={target} className={className} aria-label={label}>
            <Icon name="dots" />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item component={Link} href={detailsPath(summary.id)} leftSection={<Icon name="info" size={16} />}>
            {t("chat.details")}
          </Menu.Item>
          <Menu.Item
            component={Link}
            href={`/search?in=${encodeURIComponent(summary.id)}`}
            leftSection={<Icon name="search" size={16} />}
          >
            {t("chat.search_here")}
          </Menu.Item>
          <UnreadItem summary={summary} act={act} />
          <Menu.Divider />
          <MuteItems summary={summary} act={act} />
          <Menu.Divider />
          {summary.kind === "group" && (
            <Menu.Item
              c="var(--mantine-color-error)"
              leftSection={<Icon name="leave" size={16} />}
              onClick={() => setAsking("leave")}
            >
              {t("chat.leave")}
            </Menu.Item>
          )}
          {peer !== undefined && (
            <Menu.Item
              {...(!summary.blocked && { c: "var(--mantine-color-error)" })}
              leftSection={<Icon name="block" size={16} />}
              onClick={() => (summary.blocked ? void act.unblock(peer.user) : setAsking("block"))}
            >
              {t(summary.blocked ? "chat.unblock" : "chat.block")}
            </Menu.Item>
          )}
        </Menu.Dropdown>
      </Menu>
      <Suspense>
        {asking === "leave" && (
          <Confirm
            opened
            title={t("chat.leave_title", { name: title })}
            text={t("chat.leave_text")}
            action={t("chat.leave")}
            onConfirm={act.leave}
            onClose={() => setAsking(null)}
          />
        )}
        {asking === "block" && peer !== undefined && (
          <Confirm
            opened
            title={t("chat.block_title", { name: title })}
            text={t("chat.block_text", { name: title })}
            action={t("chat.block")}
            onConfirm={() => act.block(peer.user)}
            onClose={() => setAsking(null)}
          />
        )}
      </Suspense>
    </>
  )
}

interface Part {
  summary: Summary
  act: ReturnType<typeof useConversationActions>
}

function UnreadItem({ summary, act }: Part): ReactNode {
  const { t } = useTranslation()
  const unread = summary.unread > 0 || summary.marked_unread
  const change = () => void (unread ? act.markRead() : act.markUnread())
  return (
    <Menu.Item leftSection={<Icon name="unread" size={16} />} onClick={change}>
      {t(unread ? "chat.mark_read" : "chat.mark_unread")}
    </Menu.Item>
  )
}

function MuteItems({ summary, act }: Part): ReactNode {
  const { t } = useTranslation()
  const mute = (hours: number | null) => () =>
    void act.mute(hours === null ? null : new Date(Date.now() + hours * HOUR).toISOString())
  const icon = <Icon name="mute" size={16} />
  if (isMuted(summary, Date.now())) {
    return (
      <Menu.Item leftSection={icon} onClick={() => void act.unmute()}>
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

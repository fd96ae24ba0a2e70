import { Text } from "@mantine/core"
import type { SeatSession, Summary } from "@parley/sdk"
import type { ReactNode } from "react"
import { useTranslation } from "react-i18next"
import { Icon } from "../../components/Icon.tsx"
import { useConversation } from "../../state/conversations.ts"
import { useOnline } from "../../state/presence.ts"
import { memberOf } from "../../state/summaries.ts"
import classes from "./Expiry.module.css"
import { useMoment, useSilence } from "./times.ts"

/** When the chat ends by itself: by silence, which counts from when both have been here, and by age. */
export function Expiry({ session }: { session: SeatSession }): ReactNode {
  const { t } = useTranslation("ephemeral")
  const moment = useMoment()
  const silence = useSilence()(session.inactivity_seconds)
  const summary = useConversation(session.conversation)
  const peerIsHere = useOnline(session.peer.id)
  const until =
    summary !== undefined && (peerIsHere || hasBeenHere(summary, session.peer.id)) ? silentUntil(summary, session) : 0
  const time = moment(session.expires_at)
  return (
    <Text size="xs" c="dimmed" component="p" className={classes.expiry}>
      <Icon name="clock" size={14} />
      {until > Date.now()
        ? t("chat.expiryBy", { silent: moment(new Date(until).toISOString()), time })
        : t("chat.expirySilence", { silence, time })}
    </Text>
  )
}

function hasBeenHere(summary: Summary, user: string): boolean {
  const member = memberOf(summary, user)
  return member !== undefined && (member.delivered > 0 || summary.last_message?.sender === user)
}

/** When a silence since the last word would end the chat; a change of an older message puts it off a little more. */
function silentUntil({ last_message: last, updated_at }: Summary, { inactivity_seconds }: SeatSession): number {
  const times = [updated_at, last?.sent_at, last?.edited_at, last?.deleted_at].filter(
    (time) => typeof time === "string",
  )
  return Math.max(...times.map((time) => Date.parse(time))) + inactivity_seconds * 1000
}

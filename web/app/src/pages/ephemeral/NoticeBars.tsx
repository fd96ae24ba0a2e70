import { Alert, CloseButton, VisuallyHidden } from "@mantine/core"
import { type ReactNode, useEffect, useState } from "react"
import { useTranslation } from "react-i18next"
import { useHistoryState } from "wouter/use-browser-location"
import { Icon } from "../../components/Icon.tsx"
import { dismissWrongCodes, useNotices } from "../../state/notices.ts"
import { clock, useCountdown } from "./countdown.ts"
import classes from "./NoticeBars.module.css"

const SAID_MS = 10_000

interface Props {
  conversation: string
  me: string
  peer: string
}

/** What there is to be told of a chat beside what is said in it. */
export function NoticeBars({ conversation, me, peer }: Props): ReactNode {
  return (
    <div className={classes.bars}>
      <OwnSeat me={me} peer={peer} />
      <Silence conversation={conversation} />
      <WrongCodes conversation={conversation} peer={peer} />
      <Coming conversation={conversation} peer={peer} />
    </div>
  )
}

/** Whoever opened the other one's link is told why he is not the other one. */
function OwnSeat({ me, peer }: { me: string; peer: string }): ReactNode {
  const { t } = useTranslation("ephemeral")
  const state = useHistoryState<{ fromPeersLink?: boolean } | null>()
  const [told, setTold] = useState(false)
  if (told || state?.fromPeersLink !== true) return null
  return (
    <Bar color="blue" onClose={() => setTold(true)}>
      {t("chat.own", { peer, name: me })}
    </Bar>
  )
}

function Silence({ conversation }: { conversation: string }): ReactNode {
  const { t } = useTranslation("ephemeral")
  const { silentUntil } = useNotices(conversation)
  const left = useCountdown(silentUntil === null ? null : Date.parse(silentUntil))
  if (silentUntil === null) return null
  return (
    <Alert color="yellow" radius={0} icon={<Icon name="clock" />} role="group">
      <span role="timer">{t("chat.silentSoon", { clock: clock(left) })}</span>
      {/* Read out once, not every second. */}
      <VisuallyHidden role="alert">{t("chat.silentWarning")}</VisuallyHidden>
    </Alert>
  )
}

function WrongCodes({ conversation, peer }: { conversation: string; peer: string }): ReactNode {
  const { t } = useTranslation("ephemeral")
  const { wrongCodes } = useNotices(conversation)
  if (wrongCodes === 0) return null
  return (
    <Bar color="red" onClose={() => dismissWrongCodes(conversation)}>
      <strong>{t("chat.wrongCode", { count: wrongCodes, name: peer })}</strong>{" "}
      {t("chat.wrongCodeAbout", { name: peer })}
    </Bar>
  )
}

/** That the other one came is said for a moment; that he left, until he is back. */
function Coming({ conversation, peer }: { conversation: string; peer: string }): ReactNode {
  const { t } = useTranslation("ephemeral")
  const { peer: last } = useNotices(conversation)
  const [said, setSaid] = useState<typeof last>(null)
  useEffect(() => {
    if (last !== "joined") return
    const timer = setTimeout(() => setSaid("joined"), SAID_MS)
    return () => {
      clearTimeout(timer)
      setSaid(null)
    }
  }, [last])
  return (
    <p role="status" className={classes.coming}>
      {last === "joined" && said !== last && t("chat.peerJoined", { name: peer })}
      {last === "left" && t("chat.peerLeft", { name: peer })}
    </p>
  )
}

function Bar({ color, onClose, children }: { color: string; onClose: () => void; children: ReactNode }): ReactNode {
  const { t } = useTranslation("ephemeral")
  return (
    <Alert color={color} radius={0} role="alert" icon={<Icon name="info" />} classNames={{ message: classes.message }}>
      <span>{children}</span>
      <CloseButton aria-label={t("chat.dismiss")} onClick={onClose} />
    </Alert>
  )
}

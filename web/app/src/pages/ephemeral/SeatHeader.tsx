import { ActionIcon, Button, Text, Title } from "@mantine/core"
import type { SeatSession } from "@parley/sdk"
import { type ReactNode, useState } from "react"
import { useTranslation } from "react-i18next"
import { Avatar } from "../../components/Avatar.tsx"
import { Confirm } from "../../components/Confirm.tsx"
import { Icon } from "../../components/Icon.tsx"
import { useAskable } from "../../notifications/permission.ts"
import { useOnline } from "../../state/presence.ts"
import { useTypists } from "../../state/typing.ts"
import { Expiry } from "./Expiry.tsx"
import classes from "./SeatHeader.module.css"

interface Props {
  session: SeatSession
  /** It was ended here. */
  onEnded: () => void
}

/** Whom one talks to, whether he is there, until when, and how to end it. */
export function SeatHeader({ session, onEnded }: Props): ReactNode {
  const { t } = useTranslation("ephemeral")
  const [asking, setAsking] = useState(false)
  const { peer, rest, conversation } = session
  const end = async () => {
    await rest.endChat(conversation)
    onEnded()
  }
  return (
    <header className={classes.header}>
      <Avatar id={peer.id} name={peer.username} size={36} presence={peer.id} />
      <div className={classes.who}>
        <Title order={1} className={classes.name}>
          {peer.username}
        </Title>
        <Text size="sm" c="dimmed" component="div" className={classes.status}>
          <Status user={peer.id} conversation={conversation} />
        </Text>
      </div>
      <NotifyButton />
      <Button variant="light" color="red" onClick={() => setAsking(true)}>
        {t("chat.end")}
      </Button>
      <div className={classes.expiry}>
        <Expiry session={session} />
      </div>
      <Confirm
        opened={asking}
        title={t("chat.endTitle")}
        text={t("chat.endAbout")}
        action={t("chat.endConfirm")}
        onConfirm={end}
        onClose={() => setAsking(false)}
      />
    </header>
  )
}

function Status({ user, conversation }: { user: string; conversation: string }): ReactNode {
  const { t } = useTranslation("ephemeral")
  const online = useOnline(user)
  const typing = useTypists(conversation).length > 0
  if (typing) return t("chat.typing")
  return online ? t("chat.here") : t("chat.away")
}

/** Asked for by a click, and offered only while the browser has not been asked. */
function NotifyButton(): ReactNode {
  const { t } = useTranslation("ephemeral")
  const { askable, ask } = useAskable()
  if (!askable) return null
  return (
    <ActionIcon aria-label={t("chat.notify")} title={t("chat.notify")} onClick={ask}>
      <Icon name="bell" />
    </ActionIcon>
  )
}

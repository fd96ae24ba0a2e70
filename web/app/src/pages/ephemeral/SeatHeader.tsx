import { ActionIcon, Button, Text, Title } from "@mantine/core"
import type { SeatSession } from "@parley/sdk"
import { lazy, type ReactNode, Suspense, useState } from "react"
import { useTranslation } from "react-i18next"
import { Avatar } from "../../components/Avatar.tsx"
import { Icon } from "../../components/Icon.tsx"
import { useAskable } from "../../notifications/permission.ts"
import { useOnline } from "../../state/presence.ts"
import { useTypists } from "../../state/typing.ts"
import { Expiry } from "./Expiry.tsx"
import classes from "./SeatHeader.module.css"

// A dialog is much to load for what is seldom asked; once it was, it stays, and gives the focus back.
const Confirm = lazy(async () => ({ default: (await import("../../components/Confirm.tsx")).Confirm }))

interface Props {
  session: SeatSession
  /** It was ended here. */
  onEnded: () => void
}

/** Whom one talks to, whether he is there, until when, and how to end it. */
export function SeatHeader({ session, onEnded }: Props): ReactNode {
  const { t } = useTranslation("ephemeral")
  const [asking, setAsking] = useState<boolean | null>(null)
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
      {asking !== null && (
        <Suspense>
          <Confirm
            opened={asking}
            title={t("chat.endTitle")}
            text={t("chat.endAbout")}
            action={t("chat.endConfirm")}
            onConfirm={end}
            onClose={() => setAsking(false)}
          />
        </Suspense>
      )}
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

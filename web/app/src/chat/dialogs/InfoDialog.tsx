import "../../styles-overlays.ts"
import { Loader, Modal } from "@mantine/core"
import type { RecipientReceipt } from "@parley/sdk"
import { type ReactNode, useEffect, useState } from "react"
import { useTranslation } from "react-i18next"
import { Avatar } from "../../components/Avatar.tsx"
import { explain } from "../../components/ErrorText.tsx"
import { useFormat } from "../../format.ts"
import { useReceipts } from "../../state/receipts.ts"
import { useChat, useNames } from "../context.ts"
import type { Entry } from "../model/entries.ts"
import classes from "./InfoDialog.module.css"

/** When a message was sent and edited, and of an own one what has become of it at each of its recipients. */
export default function InfoDialog({ entry, onClose }: { entry: Entry; onClose: () => void }): ReactNode {
  const { t } = useTranslation("chat")
  const format = useFormat()
  const { t: common } = useTranslation("common")
  return (
    <Modal opened onClose={onClose} title={t("info.title")} closeButtonProps={{ "aria-label": common("close") }}>
      <dl className={classes.times}>
        <dt>{t("info.sent")}</dt>
        <dd>{format.full(entry.at)}</dd>
        {entry.edited_at !== null && (
          <>
            <dt>{t("info.edited")}</dt>
            <dd>{format.full(entry.edited_at)}</dd>
          </>
        )}
      </dl>
      {entry.own && entry.seq !== null && <Recipients seq={entry.seq} />}
    </Modal>
  )
}

function Recipients({ seq }: { seq: number }): ReactNode {
  const { t } = useTranslation("chat")
  const { t: common } = useTranslation("common")
  const { receipts, error } = useRecipients(seq)
  if (error !== null) return <p role="alert">{explain(common, error)}</p>
  if (receipts === null) return <Loader size="sm" />
  const by = (status: RecipientReceipt["status"]) => receipts.filter((receipt) => receipt.status === status)
  return (
    <>
      <Group title={t("info.read_by")} receipts={by("read")} always />
      <Group title={t("info.delivered_to")} receipts={by("delivered")} />
      <Group title={t("info.waiting")} receipts={by("sent")} />
    </>
  )
}

/** Asked for when it is opened, and again when somebody's receipt comes in. */
function useRecipients(seq: number): { receipts: RecipientReceipt[] | null; error: unknown } {
  const { rest, conversation } = useChat()
  const heard = useReceipts((state) => state.byConversation[conversation])
  const [receipts, setReceipts] = useState<RecipientReceipt[] | null>(null)
  const [error, setError] = useState<unknown>(null)
  // biome-ignore lint/correctness/useExhaustiveDependencies: what was heard says that there is something new to ask
  useEffect(() => {
    let wanted = true
    rest.receipts(`${conversation}.${seq}`).then(
      (found) => wanted && setReceipts(found),
      (failure: unknown) => wanted && setError(failure),
    )
    return () => {
      wanted = false
    }
  }, [rest, conversation, seq, heard])
  return { receipts, error }
}

interface GroupProps {
  title: string
  receipts: readonly RecipientReceipt[]
  /** It is shown even while it is empty. */
  always?: boolean
}

function Group({ title, receipts, always = false }: GroupProps): ReactNode {
  const { t } = useTranslation("chat")
  const format = useFormat()
  const { summary } = useChat()
  const nameOf = useNames(receipts.map((receipt) => receipt.user))
  if (receipts.length === 0 && !always) return null
  return (
    <section className={classes.group}>
      <h3>{title}</h3>
      {receipts.length === 0 && <p className={classes.nobody}>{t("info.nobody")}</p>}
      <ul>
        {receipts.map(({ user, read_at, delivered_at }) => {
          const at = read_at ?? delivered_at ?? null
          const picture = summary?.members.find((member) => member.user === user)?.picture
          return (
            <li key={user}>
              <Avatar id={user} name={nameOf(user)} picture={picture} size={32} />
              <span className={classes.name}>{nameOf(user)}</span>
              {at !== null && <time dateTime={at}>{format.full(at)}</time>}
            </li>
          )
        })}
      </ul>
    </section>
  )
}

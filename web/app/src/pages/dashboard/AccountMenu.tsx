import "../../styles-overlays.ts"
import { Menu, UnstyledButton } from "@mantine/core"
import { lazy, type ReactNode, Suspense, useState } from "react"
import { useTranslation } from "react-i18next"
import { Link } from "wouter"
import { Avatar } from "../../components/Avatar.tsx"
import { Icon, type IconName } from "../../components/Icon.tsx"
import { complain } from "../../state/complaints.ts"
import { logout, useClient, useUser } from "../../state/session.ts"
import { nameOf } from "../../state/summaries.ts"
import { openHelp } from "./overlays.ts"
import { useAsked } from "./useAsked.ts"

const Confirm = lazy(() => import("../../components/Confirm.tsx").then((module) => ({ default: module.Confirm })))

const PAGES: readonly ["profile" | "settings" | "sessions", IconName][] = [
  ["profile", "people"],
  ["settings", "settings"],
  ["sessions", "devices"],
]

/** One's own pages, and the way out. */
export default function AccountMenu({ asked }: { asked: number }): ReactNode {
  const { t } = useTranslation()
  const user = useUser()
  const client = useClient()
  const { opened, setOpened, target } = useAsked(asked)
  const [unsent, setUnsent] = useState(0)
  const leave = () => {
    const messages = client.unsettled.filter((sent) => sent.kind === "message").length
    setUnsent(messages)
    if (messages === 0) logout().catch(complain)
  }
  return (
    <>
      <Menu opened={opened} onChange={setOpened} position="bottom-start" width={220}>
        <Menu.Target>
          <UnstyledButton
            ref={target}
            aria-label={t("account.label")}
            title={nameOf(user)}
            style={{ display: "flex", borderRadius: "50%" }}
          >
            <Avatar id={user.id} name={nameOf(user)} picture={user.picture} size={36} />
          </UnstyledButton>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Label>{nameOf(user)}</Menu.Label>
          {PAGES.map(([page, icon]) => (
            <Menu.Item key={page} component={Link} href={`/${page}`} leftSection={<Icon name={icon} size={18} />}>
              {t(`account.${page}`)}
            </Menu.Item>
          ))}
          <Menu.Item leftSection={<Icon name="help" size={18} />} onClick={openHelp}>
            {t("account.help")}
          </Menu.Item>
          <Menu.Divider />
          <Menu.Item component={Link} href="/start" leftSection={<Icon name="clock" size={18} />}>
            {t("account.ephemeral")}
          </Menu.Item>
          <Menu.Divider />
          <Menu.Item leftSection={<Icon name="leave" size={18} />} onClick={leave}>
            {t("account.sign_out")}
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
      {unsent > 0 && (
        <Suspense>
          <Confirm
            opened
            title={t("sign_out.title")}
            text={t("sign_out.unsent", { count: unsent })}
            action={t("sign_out.action")}
            onConfirm={logout}
            onClose={() => setUnsent(0)}
          />
        </Suspense>
      )}
    </>
  )
}

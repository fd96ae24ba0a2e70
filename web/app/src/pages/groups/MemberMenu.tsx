import "../../styles-overlays.ts"
import { ActionIcon, Menu } from "@mantine/core"
import type { Member } from "@parley/sdk"
import type { ReactNode } from "react"
import { useTranslation } from "react-i18next"
import { Icon } from "../../components/Icon.tsx"
import { nameOf } from "../../state/summaries.ts"

interface Props {
  member: Member
  isAdmin: boolean
  write: () => void
  promote: () => void
  remove: () => void
}

export function MemberMenu({ member, isAdmin, write, promote, remove }: Props): ReactNode {
  const { t } = useTranslation("groups")
  const name = nameOf(member)
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <ActionIcon aria-label={t("details.member_menu", { name })}>
          <Icon name="dots" />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item leftSection={<Icon name="chat" size={16} />} onClick={write}>
          {t("details.write_to", { name })}
        </Menu.Item>
        {isAdmin && (
          <>
            <Menu.Item leftSection={<Icon name="lock" size={16} />} onClick={promote}>
              {t(member.role === "admin" ? "details.make_member" : "details.make_admin")}
            </Menu.Item>
            <Menu.Item c="var(--mantine-color-error)" leftSection={<Icon name="trash" size={16} />} onClick={remove}>
              {t("details.remove")}
            </Menu.Item>
          </>
        )}
      </Menu.Dropdown>
    </Menu>
  )
}

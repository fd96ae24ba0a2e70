import "../../styles-overlays.ts"
import "@mantine/spotlight/styles.layer.css"
import { Spotlight, spotlight } from "@mantine/spotlight"
import { type ReactNode, useEffect, useState } from "react"
import { useTranslation } from "react-i18next"
import { useLocation } from "wouter"
import { Avatar } from "../../components/Avatar.tsx"
import { Icon } from "../../components/Icon.tsx"
import { usePeople } from "../../components/usePeople.ts"
import { complain } from "../../state/complaints.ts"
import { conversationTitle, useConversations } from "../../state/conversations.ts"
import { useUser } from "../../state/session.ts"
import { nameOf } from "../../state/summaries.ts"
import { ConversationFace } from "./ConversationFace.tsx"
import { chatPath } from "./routes.ts"
import classes from "./Switcher.module.css"
import { useDirect } from "./useDirect.ts"

const SHOWN = 7
const PAGES = [
  ["/groups/new", "new_group"],
  ["/search", "search"],
  ["/profile", "profile"],
  ["/settings", "settings"],
  ["/sessions", "sessions"],
] as const

/** Goes to a chat, a person or a page by the beginning of its name. */
export default function Switcher({ onClose }: { onClose: () => void }): ReactNode {
  const { t } = useTranslation()
  const me = useUser().id
  const [, navigate] = useLocation()
  const [query, setQuery] = useState("")
  const direct = useDirect()
  const wanted = query.trim().toLocaleLowerCase()
  const has = (name: string) => name.toLocaleLowerCase().includes(wanted)
  const chats = useConversations()
    .filter((each) => has(conversationTitle(each, me)))
    .slice(0, SHOWN)
  const people = usePeople(query).found.slice(0, SHOWN)
  const pages = PAGES.filter(([, page]) => wanted !== "" && has(t(`panes.${page}`)))
  useEffect(() => spotlight.open(), [])
  useEffect(() => {
    if (direct.error !== null) complain(direct.error)
  }, [direct.error])
  return (
    <Spotlight.Root
      query={query}
      onQueryChange={setQuery}
      onSpotlightClose={onClose}
      shortcut={null}
      scrollable
      maxHeight={420}
      title={t("switcher.title")}
      classNames={{ header: classes.header ?? "" }}
      centered={false}
      overlayProps={{ blur: 0, backgroundOpacity: 0.45 }}
    >
      <Spotlight.Search
        placeholder={t("switcher.placeholder")}
        aria-label={t("switcher.title")}
        leftSection={<Icon name="search" />}
        onKeyDown={(event) => {
          if (event.key === "Enter" && wanted !== "") openFirst()
        }}
      />
      <Spotlight.ActionsList>
        {chats.length > 0 && (
          <Spotlight.ActionsGroup label={t("switcher.chats")}>
            {chats.map((each) => (
              <Spotlight.Action
                key={each.id}
                label={conversationTitle(each, me)}
                leftSection={<ConversationFace summary={each} me={me} size={28} />}
                onClick={() => navigate(chatPath(each.id))}
              />
            ))}
          </Spotlight.ActionsGroup>
        )}
        {people.length > 0 && (
          <Spotlight.ActionsGroup label={t("switcher.people")}>
            {people.map((each) => (
              <Spotlight.Action
                key={each.id}
                label={nameOf(each)}
                description={`@${each.username}`}
                leftSection={<Avatar id={each.id} name={nameOf(each)} picture={each.picture} size={28} />}
                onClick={() => void direct.run(each.id)}
              />
            ))}
          </Spotlight.ActionsGroup>
        )}
        {pages.length > 0 && (
          <Spotlight.ActionsGroup label={t("switcher.pages")}>
            {pages.map(([path, page]) => (
              <Spotlight.Action key={path} label={t(`panes.${page}`)} onClick={() => navigate(path)} />
            ))}
          </Spotlight.ActionsGroup>
        )}
        {chats.length + people.length + pages.length === 0 && (
          <Spotlight.Empty>{t("switcher.nothing")}</Spotlight.Empty>
        )}
      </Spotlight.ActionsList>
    </Spotlight.Root>
  )
}

/** Spotlight selects what comes first when the query changes; people are found a moment later. */
function openFirst(): void {
  const [first, ...others] = document.querySelectorAll<HTMLElement>("[data-action]")
  if (![first, ...others].some((action) => action?.hasAttribute("data-selected"))) first?.click()
}

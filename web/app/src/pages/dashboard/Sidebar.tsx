import { ActionIcon } from "@mantine/core"
import { type KeyboardEvent, lazy, type ReactNode, Suspense, useEffect, useState } from "react"
import { useTranslation } from "react-i18next"
import { Link, useLocation } from "wouter"
import { Avatar } from "../../components/Avatar.tsx"
import { Icon } from "../../components/Icon.tsx"
import { useUser } from "../../state/session.ts"
import { nameOf } from "../../state/summaries.ts"
import { ConversationList } from "./ConversationList.tsx"
import classes from "./Sidebar.module.css"

const PeopleList = lazy(() => import("./PeopleList.tsx"))
const AccountMenu = lazy(() => import("./AccountMenu.tsx"))

const TABS = ["chats", "people"] as const
type Tab = (typeof TABS)[number]

interface Props {
  /** The conversation that is open. */
  open: string | null
  /** Whether the page's address says to show people. */
  people: boolean
}

/** One's conversations, and everybody one could write to. */
export function Sidebar({ open, people }: Props): ReactNode {
  const { t } = useTranslation()
  const [path, navigate] = useLocation()
  const [chosen, setChosen] = useState<Tab>("chats")
  const tab = people ? "people" : path === "/" ? "chats" : chosen
  useEffect(() => {
    if (open !== null) setChosen("chats")
  }, [open])
  const choose = (next: Tab) => {
    setChosen(next)
    // With a chat open beside the list, that one stays.
    if (people || path === "/") navigate(next === "people" ? "/people" : "/")
  }
  return (
    <>
      <div className={classes.top}>
        <Account />
        <h1 className={classes.title} tabIndex={-1}>
          {t("list.title")}
        </h1>
        <ActionIcon
          component={Link}
          href="/search"
          aria-label={t("list.search_messages")}
          title={t("list.search_messages")}
        >
          <Icon name="search" />
        </ActionIcon>
        <ActionIcon component={Link} href="/groups/new" aria-label={t("list.new_group")} title={t("list.new_group")}>
          <Icon name="plus" />
        </ActionIcon>
      </div>
      <Tabs tab={tab} choose={choose} />
      <div className={classes.panel} role="tabpanel" id={`side-${tab}`} aria-labelledby={`tab-${tab}`}>
        {tab === "chats" ? (
          <ConversationList open={open} showPeople={() => choose("people")} />
        ) : (
          <Suspense>
            <PeopleList />
          </Suspense>
        )}
      </div>
    </>
  )
}

/** The menu behind it is loaded when it is first asked for. */
function Account(): ReactNode {
  const { t } = useTranslation()
  const user = useUser()
  const [asked, setAsked] = useState(0)
  const button = (
    <button
      type="button"
      className={classes.account}
      aria-label={t("account.label")}
      aria-haspopup="menu"
      aria-expanded={false}
      title={nameOf(user)}
      onClick={() => setAsked(1)}
    >
      <Avatar id={user.id} name={nameOf(user)} picture={user.picture} size={36} />
    </button>
  )
  if (asked === 0) return button
  return (
    <Suspense fallback={button}>
      <AccountMenu asked={asked} />
    </Suspense>
  )
}

function Tabs({ tab, choose }: { tab: Tab; choose: (tab: Tab) => void }): ReactNode {
  const { t } = useTranslation()
  const move = (event: KeyboardEvent<HTMLDivElement>) => {
    if (event.key !== "ArrowLeft" && event.key !== "ArrowRight") return
    const other = tab === "chats" ? "people" : "chats"
    choose(other)
    event.currentTarget.querySelector<HTMLElement>(`#tab-${other}`)?.focus()
  }
  return (
    <div className={classes.tabs} role="tablist" aria-label={t("list.label")} onKeyDown={move}>
      {TABS.map((each) => (
        <button
          key={each}
          type="button"
          role="tab"
          id={`tab-${each}`}
          className={classes.tab}
          aria-selected={each === tab}
          aria-controls={each === tab ? `side-${each}` : undefined}
          tabIndex={each === tab ? 0 : -1}
          onClick={() => choose(each)}
        >
          {t(`list.${each}`)}
        </button>
      ))}
    </div>
  )
}

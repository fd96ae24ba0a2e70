import { lazy, type ReactNode, Suspense, useEffect, useRef } from "react"
import { useTranslation } from "react-i18next"
import { Broken } from "../../components/Broken.tsx"
import { ConnectionBanner } from "../../components/ConnectionBanner.tsx"
import { Splash } from "../../components/Splash.tsx"
import { equipped } from "../../equipped.ts"
import { show } from "../../state/popups.ts"
import { ChatPane } from "./ChatPane.tsx"
import { EmptyPane } from "./EmptyPane.tsx"
import classes from "./Frame.module.css"
import { Popups } from "./Popups.tsx"
import { type Route, useDashboardRoute } from "./routes.ts"
import { Shortcuts } from "./Shortcuts.tsx"
import { Sidebar } from "./Sidebar.tsx"

const Details = lazy(() => equipped(import("../groups/Details.tsx")))
const NewGroup = lazy(() => equipped(import("../groups/NewGroup.tsx")))
const Search = lazy(() => equipped(import("../search/Search.tsx")))
const Profile = lazy(() => equipped(import("../account/Profile.tsx")))
const Settings = lazy(() => equipped(import("../account/Settings.tsx")))
const Sessions = lazy(() => equipped(import("../account/Sessions.tsx")))

/** What whoever is signed in sees: his conversations, and beside them what he opened; on a phone one of the two. */
export default function Frame(): ReactNode {
  const { t } = useTranslation()
  const route = useDashboardRoute()
  const pane = useRef<HTMLElement>(null)
  const open = route.page === "chat" ? route.conversation : null
  const isList = route.page === "list" || route.page === "people"
  const place = "conversation" in route ? `${route.page} ${route.conversation}` : route.page
  useFocusOnMove(place, pane)
  useEffect(() => {
    show(open)
    return () => show(null)
  }, [open])
  return (
    <main className={classes.frame} data-shows={isList ? "list" : "pane"}>
      <a href="#pane" className={classes.skip}>
        {t("skip")}
      </a>
      <div className={classes.banner}>
        <ConnectionBanner />
      </div>
      <section className={classes.side} aria-label={t("list.label")}>
        <Sidebar open={"conversation" in route ? route.conversation : null} people={route.page === "people"} />
      </section>
      <section className={classes.pane} id="pane" ref={pane} tabIndex={-1} aria-label={t(`panes.${route.page}`)}>
        <Broken key={place}>
          <Suspense fallback={<Splash />}>
            <Pane route={route} />
          </Suspense>
        </Broken>
      </section>
      {/* Menus and dialogs are put here, so that they are within a landmark like all else. */}
      <div data-portal="true" data-mantine-shared-portal-node="true" />
      <Popups />
      <Shortcuts open={open} />
    </main>
  )
}

function Pane({ route }: { route: Route }): ReactNode {
  switch (route.page) {
    case "chat":
      return <ChatPane key={route.conversation} id={route.conversation} />
    case "details":
      return <Details key={route.conversation} id={route.conversation} />
    case "new_group":
      return <NewGroup />
    case "search":
      return <Search />
    case "profile":
      return <Profile />
    case "settings":
      return <Settings />
    case "sessions":
      return <Sessions />
    default:
      return <EmptyPane />
  }
}

/** Whoever goes elsewhere by keyboard or screen reader goes on there: unless that place has taken the focus itself. */
function useFocusOnMove(place: string, pane: { current: HTMLElement | null }): void {
  const before = useRef(place)
  useEffect(() => {
    if (before.current === place) return
    before.current = place
    const element = pane.current
    if (element === null || element.contains(document.activeElement)) return
    // On a phone the pane may be out of sight; then the list is what is shown.
    const shown =
      element.offsetParent === null ? element.previousElementSibling?.querySelector<HTMLElement>("h1") : element
    shown?.focus({ preventScroll: true })
  }, [place, pane])
}

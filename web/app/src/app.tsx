import { VisuallyHidden } from "@mantine/core"
import { type ComponentType, lazy, type ReactNode, Suspense, useEffect } from "react"
import { Redirect, Route, Switch, useLocation, useSearchParams } from "wouter"
import { Broken } from "./components/Broken.tsx"
import { Splash } from "./components/Splash.tsx"
import { equipped } from "./equipped.ts"
import { resume, useSession } from "./state/session.ts"

const Home = lazy(() => equipped(import("./pages/home/Home.tsx")))
const Start = lazy(() => equipped(import("./pages/ephemeral/Start.tsx")))
const Seat = lazy(() => equipped(import("./pages/ephemeral/Seat.tsx")))
const Login = lazy(() => equipped(import("./pages/account/Login.tsx")))
const Register = lazy(() => equipped(import("./pages/account/Register.tsx")))
const NotFound = lazy(() => equipped(import("./pages/NotFound.tsx")))
const Frame = lazy(() => import("./pages/dashboard/Frame.tsx"))

/** The pages of those who are signed in; all but the dashboard's own are shown in its pane. */
const PRIVATE = /^\/(?:people|groups\/new|search|profile|settings|sessions|chats\/[^/]+(?:\/details)?)?$/

/** Every page of the app, each loaded when it is first shown. */
export function App(): ReactNode {
  return (
    <Broken>
      <Suspense fallback={<Starting />}>
        <Switch>
          <Route path="/c/:token" component={Seat} />
          <Route path="/start" component={Start} />
          <Route>
            <Accounts />
          </Route>
        </Switch>
      </Suspense>
    </Broken>
  )
}

/** Signs in again where that is possible, before it is known which page is meant. */
function Accounts(): ReactNode {
  const kind = useSession((session) => session.kind)
  const resumed = useSession((session) => session.resumed)
  const trouble = useSession((session) => session.trouble)
  useEffect(() => {
    if (!resumed) void resume()
  }, [resumed])
  if (kind === "account") return <SignedIn />
  return resumed ? <SignedOut /> : <Starting trouble={trouble} />
}

function SignedIn(): ReactNode {
  const next = useNext()
  return (
    <Switch>
      <Route path={/^\/(?:login|register)$/}>
        <Redirect to={next} replace />
      </Route>
      <Route path={PRIVATE} component={Frame} />
      <Route component={NotFound} />
    </Switch>
  )
}

function SignedOut(): ReactNode {
  const [path] = useLocation()
  const entered: ComponentType = path === "/" ? Home : Login
  return (
    <Switch>
      <Route path="/register" component={Register} />
      <Route path="/login" component={Login} />
      <Route path={PRIVATE} component={entered} />
      <Route component={NotFound} />
    </Switch>
  )
}

/** Where whoever was asked to sign in wanted to go; only within the app. */
function useNext(): string {
  const [search] = useSearchParams()
  const next = search.get("next") ?? "/"
  return /^\/(?!\/)/.test(next) ? next : "/"
}

function Starting({ trouble = null }: { trouble?: unknown }): ReactNode {
  return (
    <main>
      <VisuallyHidden component="h1">Parley</VisuallyHidden>
      <Splash trouble={trouble} />
    </main>
  )
}

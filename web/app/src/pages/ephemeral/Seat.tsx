import { lazy, type ReactNode, useEffect } from "react"
import { Redirect, useParams } from "wouter"
import { Splash } from "../../components/Splash.tsx"
import { Ended } from "./Ended.tsx"
import { useEntry } from "./entry.ts"
import { Landing } from "./Landing.tsx"
import { Nowhere, Trouble } from "./Nowhere.tsx"

const loadChat = () => import("./SeatChat.tsx")
const SeatChat = lazy(async () => ({ default: (await loadChat()).SeatChat }))

/** Where a link leads: a greeting that asks for the code, and then, in its place, the chat. */
export default function Seat(): ReactNode {
  const { token = "" } = useParams<{ token: string }>()
  return <SeatOf key={token} token={token} />
}

function SeatOf({ token }: { token: string }): ReactNode {
  const { entry, enter, look, finish } = useEntry(token)
  // While the code is typed; and where it fails, it is tried again when the chat is to be shown.
  const isGreeting = entry.step === "greeting"
  useEffect(() => {
    if (isGreeting) loadChat().catch(() => undefined)
  }, [isGreeting])
  switch (entry.step) {
    case "looking":
      return <Splash />
    case "nowhere":
      return <Nowhere />
    case "failed":
      return <Trouble error={entry.error} onRetry={look} />
    case "elsewhere":
      return <Redirect to={entry.path} replace state={{ fromPeersLink: true }} />
    case "greeting":
      return <Landing seat={entry.seat} enter={enter} />
    case "seated":
      return <SeatChat session={entry.session} onEnded={finish} onLost={look} />
    case "ended":
      return <Ended by={entry.by} />
  }
}

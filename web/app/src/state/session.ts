/** Who uses this page: nobody, somebody with an account, or whoever sits in an ephemeral chat. */
import { AccountSession, type Client, RequestFailed, Rest, type Session, type User } from "@parley/sdk"
import { navigate } from "wouter/use-browser-location"
import { create } from "zustand"
import { clearStores, connect, wipeOutbox } from "./client.ts"
import { wipeAll as wipeDrafts } from "./drafts.ts"
import { clearFaces } from "./faces.ts"
import { noteSignedIn, wasSignedIn } from "./known.ts"

type Kind = "none" | "resuming" | "account" | "seat"

interface Present {
  kind: Kind
  /** Null exactly while nobody is signed in. */
  user: User | null
  rest: Rest
  client: Client | null
  /** Whether it is known if an account is signed in in this browser. */
  resumed: boolean
  /** Why resuming does not get on; it goes on trying. */
  trouble: unknown
  /** Whether the sign-in ended without this page having asked for it. */
  signedOut: boolean
}

export interface Credentials {
  username: string
  password: string
}

export type Registration = Parameters<Rest["register"]>[0]

const NOBODY = { kind: "none", user: null, client: null, trouble: null, signedOut: false } as const

export const useSession = create<Present>(() => ({ ...NOBODY, resumed: false, rest: new Rest() }))

let account: AccountSession | null = null

/** Whoever is signed in; throws where nobody is: for what is shown to those alone who are. */
export function useUser(): User {
  const user = useSession((session) => session.user)
  if (user === null) throw new Error("nobody is signed in")
  return user
}

/** The user's connection; throws where nobody is signed in. */
export function useClient(): Client {
  const client = useSession((session) => session.client)
  if (client === null) throw new Error("nobody is signed in")
  return client
}

/** Signs in again by the refresh cookie, if there is one; as long as the server cannot be reached, goes on trying. */
export async function resume(): Promise<void> {
  const { kind } = useSession.getState()
  if (kind === "resuming" || kind === "account") return
  if (kind === "seat") end()
  if (!wasSignedIn()) {
    useSession.setState({ ...NOBODY, resumed: true })
    return
  }
  useSession.setState({ kind: "resuming", trouble: null })
  for (let tries = 0; useSession.getState().kind === "resuming"; tries += 1) {
    try {
      const session = await AccountSession.resume(new Rest())
      if (session === null) nobody()
      else await begin("account", session)
    } catch (trouble) {
      if (trouble instanceof RequestFailed && !trouble.retry) {
        nobody()
        return
      }
      useSession.setState({ trouble })
      await pause(tries)
    }
  }
}

function nobody(): void {
  noteSignedIn(false)
  useSession.setState({ ...NOBODY, resumed: true })
}

/** At most about 15 seconds, and at once when the browser is online again. */
function pause(tries: number): Promise<void> {
  const longest = Math.min(15_000, 1000 * 2 ** tries)
  return new Promise((resolve) => {
    const timer = setTimeout(go, longest * (0.5 + Math.random() / 2))
    function go() {
      clearTimeout(timer)
      window.removeEventListener("online", go)
      resolve()
    }
    window.addEventListener("online", go)
  })
}

/** Throws what `Rest.login` throws. */
export async function login({ username, password }: Credentials): Promise<void> {
  const rest = new Rest()
  await begin("account", await AccountSession.login(rest, { username, password, device: deviceName() }))
}

/** Makes an account, and signs in to it. Throws what `Rest.register` and `login` throw. */
export async function register(registration: Registration): Promise<void> {
  await new Rest().register(registration)
  await login(registration)
}

/** Makes this page that session's: for a seat, the page that got it calls this. */
export async function begin(kind: "account" | "seat", session: Session): Promise<void> {
  account = session instanceof AccountSession ? session : null
  if (account !== null) noteSignedIn(true)
  // A chat that has ended says so in its page, which stays.
  const client = await connect(session, kind === "account" ? signedOut : () => undefined)
  const { user, rest } = session
  useSession.setState({ ...NOBODY, kind, user, rest, client, resumed: kind === "account" })
}

/** Signs out, here and on the server; what was not sent is lost. Throws Unreachable: then one is signed in still. */
export async function logout(): Promise<void> {
  await account?.logout()
  leave()
}

/** Erases the account for ever, and leaves. Throws what `Rest.erase` throws. */
export async function erase(password: string): Promise<void> {
  const { rest, user } = useSession.getState()
  if (user === null) return
  await rest.erase(user.id, password)
  leave()
}

/** Whoever left on purpose is not asked to sign in to where he was. */
function leave(): void {
  wipeDrafts()
  end()
  wipeOutbox()
  navigate("/", { replace: true })
}

/** Leaves nothing of the session on this page: whoever sat in a seat has left, or the account is gone. */
export function end(): void {
  const { client, kind } = useSession.getState()
  client?.close()
  if (account !== null) noteSignedIn(false)
  account = null
  // Who leaves a seat may be signed in to an account as well.
  useSession.setState({ ...NOBODY, rest: new Rest(), resumed: kind !== "seat" })
  clearStores()
  clearFaces()
}

/** One's own profile was changed. */
export function noteProfile(user: User): void {
  useSession.setState({ user })
}

function signedOut(): void {
  end()
  useSession.setState({ signedOut: true })
}

/** What this browser is called among one's sign-ins: Firefox on Linux. */
function deviceName(): string {
  const agent = navigator.userAgent
  const first = (names: [RegExp, string][]) => names.find(([pattern]) => pattern.test(agent))?.[1]
  const browser = first([
    [/Edg\//, "Edge"],
    [/Firefox\//, "Firefox"],
    [/Chrome\//, "Chrome"],
    [/Safari\//, "Safari"],
  ])
  const system = first([
    [/Android/, "Android"],
    [/iPhone|iPad/, "iOS"],
    [/Windows/, "Windows"],
    [/Mac OS/, "macOS"],
    [/Linux/, "Linux"],
  ])
  return [browser ?? "Browser", system].filter(Boolean).join(", ")
}

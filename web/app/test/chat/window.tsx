/** Parts of a chat window on a page, with a client and a server that only note what they are asked. */
import { MantineProvider } from "@mantine/core"
import { Client, Rest, type Summary } from "@parley/sdk"
import { render } from "@testing-library/react"
import type { ReactNode } from "react"
import { type Mock, vi } from "vitest"
import { type Actions, ChatProvider } from "../../src/chat/context.ts"
import { loadsOf } from "../../src/chat/loads.ts"
import { CONVERSATION, ME, summary } from "./build.ts"

type Spied = { [name in keyof Actions]: Mock<Actions[name]> }

export interface Shown {
  readonly client: Client
  readonly rest: Rest
  readonly actions: Spied
}

/** What jsdom has none of. */
export function stubBrowser(): void {
  vi.stubGlobal("matchMedia", () => ({ matches: false, addEventListener() {}, removeEventListener() {} }))
  vi.stubGlobal(
    "ResizeObserver",
    class {
      observe() {}
      unobserve() {}
      disconnect() {}
    },
  )
  URL.createObjectURL = () => "blob:1"
  URL.revokeObjectURL = () => undefined
}

export function show(children: ReactNode, given: Partial<Summary> = {}): Shown {
  const rest = new Rest({ fetch: () => new Promise(() => undefined) })
  const user = { id: ME, username: "me", name: null, lastname: null, picture: null, created_at: "" }
  const session = { rest, user, token: () => "", renew: async () => undefined, nextToken: async () => "" }
  const client = new Client({ session, device: "d" })
  const actions: Spied = {
    reply: vi.fn(),
    edit: vi.fn(),
    remove: vi.fn(),
    react: vi.fn(),
    menu: vi.fn(),
    pick: vi.fn(),
    goTo: vi.fn(),
    retry: vi.fn(),
    writeAgain: vi.fn(),
    discard: vi.fn(),
  }
  const window = {
    conversation: CONVERSATION,
    me: ME,
    summary: summary(given),
    rest,
    client,
    loads: loadsOf(rest, ME),
    compact: false,
    actions,
  }
  render(
    <MantineProvider>
      <ChatProvider value={window}>{children}</ChatProvider>
    </MantineProvider>,
  )
  return { client, rest, actions }
}

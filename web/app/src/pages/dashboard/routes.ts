/** What the dashboard's pane shows, by the page's address. */
import { useRoute } from "wouter"

export type Route =
  | { page: "list" | "people" | "new_group" | "search" | "profile" | "settings" | "sessions" }
  | { page: "chat" | "details"; conversation: string }

const PAGES: Record<string, Route["page"] & ("list" | "people" | "search" | "profile" | "settings" | "sessions")> = {
  "": "list",
  people: "people",
  search: "search",
  profile: "profile",
  settings: "settings",
  sessions: "sessions",
}

export function useDashboardRoute(): Route {
  const [isChat, chat] = useRoute("/chats/:conversation/:page?")
  const [isNewGroup] = useRoute("/groups/new")
  const [, page] = useRoute("/:page?")
  if (isChat) return { page: chat.page === "details" ? "details" : "chat", conversation: chat.conversation }
  if (isNewGroup) return { page: "new_group" }
  return { page: PAGES[page?.page ?? ""] ?? "list" }
}

export function chatPath(conversation: string, around?: number): string {
  return `/chats/${encodeURIComponent(conversation)}${around === undefined ? "" : `?around=${around}`}`
}

export function detailsPath(conversation: string): string {
  return `${chatPath(conversation)}/details`
}

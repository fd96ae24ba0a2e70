/** What the page shows now, for its title in the browser's tab. */
import { useEffect } from "react"
import { create } from "zustand"

interface Page {
  title: string
  /** How many messages are unread; before the title in the tab. */
  unread: number
}

export const usePage = create<Page>(() => ({ title: "", unread: 0 }))

/** Names the page as long as the component is there. */
export function usePageTitle(title: string): void {
  useEffect(() => usePage.setState({ title }), [title])
}

export function documentTitle({ title, unread }: Page): string {
  const name = title === "" ? "Parley" : `${title} · Parley`
  return unread > 0 ? `(${unread}) ${name}` : name
}

usePage.subscribe((page) => {
  document.title = documentTitle(page)
})

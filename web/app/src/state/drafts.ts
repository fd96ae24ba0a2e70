/** What was begun and not sent, per chat; it outlives a reload. */
import type { Event } from "@parley/sdk"
import { create } from "zustand"

export interface Draft {
  readonly text: string
  readonly reply_to?: number
  /** The message of one's own that is being edited, and what was in the composer before. */
  readonly edits?: { readonly seq: number; readonly before: string }
}

export const EMPTY: Draft = { text: "" }

interface Drafts {
  readonly owner: string
  readonly byConversation: Readonly<Record<string, Draft>>
}

export const useDrafts = create<Drafts>(() => ({ owner: "", byConversation: {} }))

const PREFIX = "parley.draft."

export function useDraft(conversation: string): Draft {
  return useDrafts((state) => state.byConversation[conversation] ?? EMPTY)
}

/** Drafts are of one user: take up those of `user` from this browser, and show no one else's. */
export function begin(user: string): void {
  if (useDrafts.getState().owner === user) return
  const prefix = `${PREFIX}${user}.`
  const found = Object.entries(localStorage).filter(([key]) => key.startsWith(prefix))
  const drafts = found.map(([key, text]) => [key.slice(prefix.length), parsed(text)] as const)
  useDrafts.setState({ owner: user, byConversation: Object.fromEntries(drafts) })
}

export function saveDraft(conversation: string, draft: Draft): void {
  const { owner, byConversation } = useDrafts.getState()
  const { [conversation]: _before, ...others } = byConversation
  const empty = isEmpty(draft)
  useDrafts.setState({ byConversation: empty ? others : { ...byConversation, [conversation]: draft } })
  const key = `${PREFIX}${owner}.${conversation}`
  if (empty) localStorage.removeItem(key)
  else store(key, JSON.stringify(draft))
}

export function apply(event: Event): void {
  if (event.event === "gone" || event.event === "ended") wipe(event.conversation)
}

/** Leave nothing of it on this device. */
export function wipe(conversation: string): void {
  saveDraft(conversation, EMPTY)
}

/** Leave none of this user's on this device: he signs out, and others may use this browser. */
export function wipeAll(): void {
  for (const conversation of Object.keys(useDrafts.getState().byConversation)) wipe(conversation)
}

/** Show nobody's drafts; what is kept is kept. */
export function clear(): void {
  useDrafts.setState({ owner: "", byConversation: {} })
}

export function isEmpty(draft: Draft): boolean {
  return draft.text === "" && draft.reply_to === undefined && draft.edits === undefined
}

/** A full or forbidden storage costs the draft its life beyond a reload, nothing else. */
function store(key: string, value: string): void {
  try {
    localStorage.setItem(key, value)
  } catch {
    localStorage.removeItem(key)
  }
}

function parsed(text: string): Draft {
  try {
    const value: unknown = JSON.parse(text)
    return isDraft(value) ? value : EMPTY
  } catch {
    return EMPTY
  }
}

function isDraft(value: unknown): value is Draft {
  return typeof value === "object" && value !== null && "text" in value && typeof value.text === "string"
}

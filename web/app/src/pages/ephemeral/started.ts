/** The chat that was started on this page: in memory alone, since its links and codes are told only once. */
import type { StartedChat } from "@parley/sdk"
import { create } from "zustand"

export interface Started {
  readonly chat: StartedChat
  /** After how many seconds of silence it ends. */
  readonly silence: number
}

export const useStarted = create<{ started: Started | null }>(() => ({ started: null }))

export function keepStarted(started: Started): void {
  useStarted.setState({ started })
}

export function forgetStarted(): void {
  useStarted.setState({ started: null })
}

/** What went wrong away from the place where it was asked for: shown on the page until it is closed. */
import { create } from "zustand"

interface Complaints {
  /** The latest failure; null: none, or it was seen. */
  failure: unknown
}

export const useComplaints = create<Complaints>(() => ({ failure: null }))

export function complain(failure: unknown): void {
  useComplaints.setState({ failure })
}

export function dismiss(): void {
  useComplaints.setState({ failure: null })
}

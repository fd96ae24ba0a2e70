/** Whether there is a socket, and when it is tried again. */
import type { Event } from "@parley/sdk"
import { create } from "zustand"

interface Connection {
  state: "connecting" | "online" | "offline"
  /** When it is tried again, by this machine's clock in milliseconds; null: now, or never. */
  retryAt: number | null
  /** The close code with which the client stopped for good; null while it goes on. */
  stopped: number | null
}

const INITIAL: Connection = { state: "connecting", retryAt: null, stopped: null }

/** Parley is open under this device's name elsewhere; that one goes on. */
export const REPLACED = 4409
/** The session is over, or the chat has ended. */
export const AUTHENTICATE = 4401

export const useConnection = create<Connection>(() => INITIAL)

export function apply(event: Event): void {
  switch (event.event) {
    case "connecting":
      // While it is tried again the banner stays as it was: only a socket that is up takes it away.
      if (useConnection.getState().state === "offline") useConnection.setState({ retryAt: null })
      break
    case "connected":
      useConnection.setState({ state: "online", retryAt: null, stopped: null })
      break
    case "disconnected": {
      const retryAt = event.retry_in === null ? null : Date.now() + event.retry_in * 1000
      useConnection.setState({ state: "offline", retryAt, stopped: event.retry_in === null ? (event.code ?? 0) : null })
      break
    }
  }
}

export function clear(): void {
  useConnection.setState(INITIAL)
}

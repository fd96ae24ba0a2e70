/** A place in the history to go to; another `turn` goes there again. */
export interface Place {
  readonly turn: number
  readonly at: "end" | "unread" | number
  /** Somebody asked to be brought there; else the chat was opened there. */
  readonly asked: boolean
  /** It is shown which message was meant. */
  readonly mark: boolean
}

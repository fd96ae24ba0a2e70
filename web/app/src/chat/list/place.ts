/** A place in the history to go to; another `turn` goes there again. The first is 0. */
export interface Place {
  readonly turn: number
  readonly at: "end" | "unread" | number
  /** It is shown which message was meant. */
  readonly mark: boolean
}

/** What can go wrong in a client's hands. */
import type { ErrorCode, FieldError } from "./wire.ts"

/** Any failure that this SDK reports. */
export class ParleyError extends Error {
  override readonly name: string = "ParleyError"
}

interface Answer {
  status: number
  code: ErrorCode
  message: string
  retry: boolean
  retry_after?: number
  fields?: FieldError[]
  tries_left?: number
}

/** The server's own word that something failed; `code` and `retry` as in its catalogue (RFC 9457 over HTTP). */
export class RequestFailed extends ParleyError {
  override readonly name = "RequestFailed"
  /** The HTTP status; 0 when it came over the socket. */
  readonly status: number
  readonly code: ErrorCode
  /** Whether trying again, with the same id, may help. */
  readonly retry: boolean
  /** Seconds to wait before that, where the server said so. */
  readonly retry_after?: number
  /** Which parts of the request were not understood. */
  readonly fields?: readonly FieldError[]
  /** How many wrong codes a seat still takes before it is locked. */
  readonly tries_left?: number

  constructor(answer: Answer) {
    super(answer.message)
    this.status = answer.status
    this.code = answer.code
    this.retry = answer.retry
    if (answer.retry_after !== undefined) this.retry_after = answer.retry_after
    if (answer.fields !== undefined) this.fields = answer.fields
    if (answer.tries_left !== undefined) this.tries_left = answer.tries_left
  }
}

/** No answer came: it may or may not have been done. */
export class Unreachable extends ParleyError {
  override readonly name = "Unreachable"
}

/** Too many commands wait for their outcome, or the browser's storage is full: nothing was taken. */
export class OutboxFull extends ParleyError {
  override readonly name = "OutboxFull"
}

/** The server would close the socket over it: nothing was taken. */
export class FrameTooLarge extends ParleyError {
  override readonly name = "FrameTooLarge"
}

/** The server sent something that is not of this protocol. */
export class BadFrame extends ParleyError {
  override readonly name = "BadFrame"
}

/** The client has stopped for good. */
export class Closed extends ParleyError {
  override readonly name = "Closed"
}

/** How requests are asked: signed, within a time limit, again under a new token when the old one has expired. */
import { RequestFailed, Unreachable } from "../errors.ts"
import type { ErrorCode, Problem } from "../wire.ts"

/** More than the longest that the server waits for an outcome. */
const REQUEST_SECONDS = 15
const TRANSFER_SECONDS = 300

/** Who is asking: asked for anew with every request, since the token changes. */
export interface Signer {
  token: string | null
  /** Gets another token than the `spent` one; throws when there is none to be had. Null: nobody can. */
  renew: ((spent: string) => Promise<void>) | null
}

type Fetch = typeof fetch

/** The fetch for requests that carry the signer's token. */
export function signed(
  fetch: Fetch,
  signer: Signer,
  seconds: number = REQUEST_SECONDS,
): (input: Request) => Promise<Response> {
  const once = limited(fetch, seconds)
  return async (input) => {
    const { token } = signer
    if (token === null) return once(input)
    const again = input.clone()
    const response = await once(authorised(input, token))
    if (response.status !== 401 || signer.renew === null) return response
    await signer.renew(token)
    return signer.token === null ? response : once(authorised(again, signer.token))
  }
}

/** The fetch for files. */
export function transferring(fetch: Fetch, signer: Signer): (input: Request) => Promise<Response> {
  return signed(fetch, signer, TRANSFER_SECONDS)
}

/** The fetch for signing in, which no token helps with. */
export function limited(fetch: Fetch, seconds: number = REQUEST_SECONDS): (input: Request) => Promise<Response> {
  return async (input) => {
    try {
      return await fetch(input, { signal: AbortSignal.any([input.signal, AbortSignal.timeout(seconds * 1000)]) })
    } catch (error) {
      if (input.signal.aborted) throw error
      throw new Unreachable("the server does not answer", { cause: error })
    }
  }
}

function authorised(request: Request, token: string): Request {
  request.headers.set("Authorization", `Bearer ${token}`)
  return request
}

interface Asked<T> {
  data?: T
  error?: unknown
  response: Response
}

/** What was answered, or why not. Throws RequestFailed, Unreachable. */
export async function answer<T>(asking: Promise<Asked<T>>): Promise<T> {
  return (await answered(asking)).data
}

/** The same with the status, for routes that answer in more than one way. */
export async function answered<T>(asking: Promise<Asked<T>>): Promise<{ data: T; status: number }> {
  const { data, error, response } = await received(asking)
  if (!response.ok) throw failure(response.status, response.headers.get("retry-after"), error)
  // A 204 has no content, and its type says so; anything else that is empty was caught by parsing it.
  return { data: data as T, status: response.status }
}

async function received<T>(asking: Promise<Asked<T>>): Promise<Asked<T>> {
  try {
    return await asking
  } catch (error) {
    if (error instanceof SyntaxError || (error instanceof TypeError && !(error instanceof Unreachable)))
      throw new Unreachable("the answer broke off", { cause: error })
    throw error
  }
}

/** The problem document, or what the status alone tells when something in between answered. */
export function failure(status: number, retryAfter: string | null, body: unknown): RequestFailed {
  const wait = retryAfter !== null && /^\d+$/.test(retryAfter) ? { retry_after: Number(retryAfter) } : {}
  if (!isProblem(body)) {
    const code: ErrorCode = status >= 500 ? "unavailable" : "invalid_frame"
    return new RequestFailed({ status, code, message: `HTTP status ${status}`, retry: status >= 500, ...wait })
  }
  return new RequestFailed({
    status,
    code: body.code,
    message: body.detail,
    retry: body.retry ?? false,
    ...wait,
    ...(body.errors && { fields: body.errors }),
    ...(typeof body.tries_left === "number" && { tries_left: body.tries_left }),
  })
}

function isProblem(body: unknown): body is Pick<Problem, "code" | "detail"> & Partial<Problem> {
  if (typeof body !== "object" || body === null) return false
  return "code" in body && typeof body.code === "string" && "detail" in body && typeof body.detail === "string"
}

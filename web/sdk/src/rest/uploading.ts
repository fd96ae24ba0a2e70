/** One file's way to the server. With XMLHttpRequest where there is one: only it tells how far an upload has come. */
import { RequestFailed, Unreachable } from "../errors.ts"
import type { Media } from "../wire.ts"
import { failure, type Signer } from "./transport.ts"

const UPLOAD_SECONDS = 300

export interface Upload {
  /** Told how much has been sent, from 0 to 1. */
  onProgress?: (share: number) => void
  signal?: AbortSignal
}

/** Throws RequestFailed, Unreachable, and the signal's reason when it is aborted. */
export async function upload(url: string, method: string, file: File, signer: Signer, how: Upload): Promise<Media> {
  const { token } = signer
  try {
    return await send(url, method, file, token, how)
  } catch (error) {
    const expired = error instanceof RequestFailed && error.status === 401
    if (!expired || token === null || signer.renew === null) throw error
    await signer.renew(token)
    return send(url, method, file, signer.token, how)
  }
}

function send(url: string, method: string, file: File, token: string | null, how: Upload): Promise<Media> {
  const request = new XMLHttpRequest()
  const { onProgress, signal } = how
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted()
    const abort = () => request.abort()
    const over = () => signal?.removeEventListener("abort", abort)
    const broken = (reason: string) => () => {
      over()
      reject(new Unreachable(reason))
    }
    signal?.addEventListener("abort", abort)
    request.open(method, url)
    request.responseType = "json"
    request.timeout = UPLOAD_SECONDS * 1000
    if (token !== null) request.setRequestHeader("Authorization", `Bearer ${token}`)
    request.upload.onprogress = ({ lengthComputable, loaded, total }) => {
      if (lengthComputable && total > 0) onProgress?.(loaded / total)
    }
    request.onerror = broken("the upload broke off")
    request.ontimeout = broken("the upload took too long")
    request.onabort = () => {
      over()
      reject(signal?.reason ?? new Unreachable("the upload was stopped"))
    }
    request.onload = () => {
      over()
      if (request.status >= 200 && request.status < 300 && isMedia(request.response)) resolve(request.response)
      else reject(failure(request.status, request.getResponseHeader("retry-after"), request.response))
    }
    const form = new FormData()
    form.append("file", file)
    request.send(form)
  })
}

function isMedia(answer: unknown): answer is Media {
  return typeof answer === "object" && answer !== null && "id" in answer && typeof answer.id === "string"
}

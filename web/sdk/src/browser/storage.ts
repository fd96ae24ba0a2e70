/** The browser's storage, where there is any: it may be switched off, and then merely touching it throws. */

export function localStore(): Storage | null {
  return touched(() => globalThis.localStorage)
}

export function tabStore(): Storage | null {
  return touched(() => globalThis.sessionStorage)
}

function touched(get: () => Storage | undefined): Storage | null {
  try {
    return get() ?? null
  } catch {
    return null
  }
}

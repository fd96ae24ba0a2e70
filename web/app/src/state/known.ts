/**
 * Whether somebody has signed in in this browser: the refresh cookie is out of a script's sight, and asking the server in
 * vain would delay everybody who comes without an account.
 */
const KEY = "parley.signed_in"

export function wasSignedIn(): boolean {
  return localStorage.getItem(KEY) !== null
}

export function noteSignedIn(is: boolean): void {
  if (is) localStorage.setItem(KEY, "yes")
  else localStorage.removeItem(KEY)
}

/** The page itself, kept for when the server cannot be reached. */

/** Paths that are answered with the page; everything else is left to the network. */
export function isPage(path: string): boolean {
  if (/^\/(api|healthz|readyz|metrics)(\/|$)/.test(path)) return false
  return !path.slice(path.lastIndexOf("/") + 1).includes(".")
}

/** The scripts and styles that a page loads. */
export function assetsOf(html: string): string[] {
  return [...html.matchAll(/\b(?:src|href)="(\/assets\/[^"]+\.(?:js|css))"/g)].map((found) => found[1] ?? "")
}

/** A page is kept only when all it loads is kept too: it would be blank otherwise. */
export function isComplete(html: string, kept: ReadonlySet<string>): boolean {
  const assets = assetsOf(html)
  return assets.length > 0 && assets.every((asset) => kept.has(asset))
}

/**
 * A copy to keep: body and headers together, since the nonce in the one has to be that of the other. Without its URL,
 * which may be a secret link, and without what told how it was sent.
 */
export async function copyOf(response: Response): Promise<Response> {
  const headers = new Headers(response.headers)
  for (const name of ["content-encoding", "content-length", "transfer-encoding"]) headers.delete(name)
  return new Response(await response.text(), { status: 200, headers })
}

/** A short name for a set of files. */
export function versionOf(files: readonly string[]): string {
  let hash = 0x811c9dc5
  for (const character of files.join("\n")) hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 0x01000193)
  return (hash >>> 0).toString(16)
}

import { describe, expect, it } from "vitest"
import { assetsOf, copyOf, isComplete, isPage, versionOf } from "../src/worker/shell.ts"

const HTML = `<link rel="manifest" href="/manifest.webmanifest"><link rel="stylesheet" href="/assets/a-1.css">
<meta name="csp-nonce" content="" nonce="abc"><script type="module" src="/assets/a-2.js"></script>`

describe("the page that is kept", () => {
  it("answers the app's paths and no others", () => {
    expect(["/", "/login", "/c/Ab3_-x", "/chats/c_01", "/apiary"].filter(isPage)).toHaveLength(5)
    expect(["/api", "/api/docs", "/healthz", "/metrics", "/icons/192.png", "/sw.js"].filter(isPage)).toEqual([])
  })

  it("is complete with all that it loads", () => {
    expect(assetsOf(HTML)).toEqual(["/assets/a-1.css", "/assets/a-2.js"])
    expect(isComplete(HTML, new Set(["/assets/a-1.css", "/assets/a-2.js", "/assets/b.js"]))).toBe(true)
    expect(isComplete(HTML, new Set(["/assets/a-1.css"]))).toBe(false)
    expect(isComplete("Bad gateway", new Set(["/assets/a-1.css"]))).toBe(false)
  })

  it("keeps header and nonce together, and forgets where it came from", async () => {
    const policy = "script-src 'self'; style-src 'nonce-abc'"
    const headers = { "content-security-policy": policy, "content-encoding": "gzip", "content-length": "9" }
    const copy = await copyOf(new Response(HTML, { headers }))
    expect(copy.headers.get("content-security-policy")).toBe(policy)
    expect(copy.headers.get("content-encoding")).toBeNull()
    expect(copy.headers.get("content-length")).toBeNull()
    expect(copy.url).toBe("")
    expect(await copy.text()).toBe(HTML)
  })

  it("has a name of its own in each version", () => {
    expect(versionOf(["/assets/a-1.js"])).toBe(versionOf(["/assets/a-1.js"]))
    expect(versionOf(["/assets/a-1.js"])).not.toBe(versionOf(["/assets/a-2.js"]))
  })
})

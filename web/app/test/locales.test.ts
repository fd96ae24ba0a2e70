import { describe, expect, it } from "vitest"
import { LANGUAGES, preferred } from "../src/i18n.ts"

const files = import.meta.glob<object>("../src/locales/*/*.json", { eager: true, import: "default" })

/** Every key of a file, with the placeholders in its text; plural forms count once, as languages differ in them. */
function keys(texts: object, path = ""): string[] {
  return Object.entries(texts).flatMap(([key, value]: [string, unknown]) => {
    const name = `${path}${key.replace(/_(zero|one|two|few|many|other)$/, "_*")}`
    if (typeof value === "object" && value !== null) return keys(value, `${name}.`)
    const holes = String(value).match(/\{\{\w+\}\}/g) ?? []
    return [`${name} ${Array.from(new Set(holes)).sort().join("")}`]
  })
}

const sorted = (file: string) => Array.from(new Set(keys(files[file] ?? {}))).sort()
const english = Object.keys(files).filter((file) => file.includes("/en/"))

describe("the languages", () => {
  it.each(english)("have the same keys and placeholders as %s", (file) => {
    for (const language of Object.keys(LANGUAGES)) {
      expect(sorted(file.replace("/en/", `/${language}/`))).toEqual(sorted(file))
    }
  })

  it("have the same files", () => {
    for (const language of Object.keys(LANGUAGES)) {
      const own = Object.keys(files).filter((file) => file.includes(`/${language}/`))
      expect(own.map((file) => file.replace(`/${language}/`, "/en/")).sort()).toEqual(english.toSorted())
    }
  })

  it("leave no text empty", () => {
    for (const texts of Object.values(files)) expect(JSON.stringify(texts)).not.toContain('""')
  })
})

describe("the browser's languages", () => {
  it("are heard in their order", () => {
    expect(preferred(["fr-FR", "de-AT", "en"])).toBe("de")
  })

  it("end with English where there are texts in none of them", () => {
    expect(preferred(["fr", "xx"])).toBe("en")
    expect(preferred([])).toBe("en")
  })
})

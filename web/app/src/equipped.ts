import { speakMore } from "./i18n.ts"

/** A page that takes more styles and texts than a chat does, once they are there. */
export async function equipped<Page>(page: Promise<Page>): Promise<Page> {
  const [loaded] = await Promise.all([page, import("./styles-more.ts"), speakMore()])
  return loaded
}

/** A page that needs more styles than a chat does, once they are there. */
export async function styled<Page>(page: Promise<Page>): Promise<Page> {
  const [loaded] = await Promise.all([page, import("./styles-more.ts")])
  return loaded
}

/** The unread count where it is seen while another tab, or none, is: the tab's icon and the app's. */

const SIZE = 32
const PLAIN = "/icons/32.png"

/** What the mark on the icon says; null: no mark. */
export function badgeText(count: number): string | null {
  if (count <= 0) return null
  return count > 9 ? "9+" : String(count)
}

let shown = 0

/** Shows the count on the tab's icon and, where the system has one, the installed app's. */
export async function showBadge(count: number): Promise<void> {
  shown = count
  showOnApp(count)
  const text = badgeText(count)
  const drawn = text === null ? PLAIN : await draw(text)
  // Another count may have come while the picture was loading.
  if (shown === count) iconLink().href = drawn ?? PLAIN
}

function showOnApp(count: number): void {
  const told = count > 0 ? navigator.setAppBadge?.(count) : navigator.clearAppBadge?.()
  // Not installed, or not allowed: the tab's icon and title have it.
  told?.catch(() => undefined)
}

function iconLink(): HTMLLinkElement {
  const found = document.querySelector<HTMLLinkElement>('link[rel="icon"]')
  if (found !== null) return found
  const link = document.createElement("link")
  link.rel = "icon"
  document.head.append(link)
  return link
}

async function draw(text: string): Promise<string | null> {
  const canvas = document.createElement("canvas")
  canvas.width = SIZE
  canvas.height = SIZE
  const pen = canvas.getContext("2d")
  const image = await loaded(PLAIN)
  if (pen === null || image === null) return null
  pen.drawImage(image, 0, 0, SIZE, SIZE)
  pen.fillStyle = "#e03131"
  pen.beginPath()
  pen.roundRect(text.length > 1 ? 8 : 12, 12, text.length > 1 ? 24 : 20, 20, 10)
  pen.fill()
  pen.fillStyle = "#ffffff"
  pen.font = "bold 17px system-ui, sans-serif"
  pen.textAlign = "center"
  pen.textBaseline = "middle"
  pen.fillText(text, text.length > 1 ? 20 : 22, 23)
  return canvas.toDataURL("image/png")
}

function loaded(url: string): Promise<HTMLImageElement | null> {
  return new Promise((resolve) => {
    const image = new Image()
    image.onload = () => resolve(image)
    image.onerror = () => resolve(null)
    image.src = url
  })
}

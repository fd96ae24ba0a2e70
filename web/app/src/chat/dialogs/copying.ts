/** To the clipboard; whether it got there. */
export async function copyText(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text)
    return true
  } catch {
    return false
  }
}

/** A link that opens the conversation around that message, for those who are in it. */
export function copyLink(conversation: string, seq: number): Promise<boolean> {
  return copyText(`${window.location.origin}/chats/${encodeURIComponent(conversation)}?around=${seq}`)
}

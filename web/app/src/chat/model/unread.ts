import type { Message, Summary } from "@parley/sdk"

/** Up to where this user has read, null where the summary does not show him. */
export function readUpTo(summary: Summary, me: string): number | null {
  return summary.members.find((member) => member.user === me)?.read ?? null
}

/** The number to open a conversation around: that of what is unread first; null when there is nothing unread. */
export function unreadFrom(summary: Summary, me: string): number | null {
  const read = readUpTo(summary, me)
  return summary.unread > 0 && read !== null ? read + 1 : null
}

/** Whether it counts as something to be read by this user. */
export function countsAsUnread(message: Message, me: string): boolean {
  return message.kind === "text" && message.sender !== me && (message.deleted_at ?? null) === null
}

/** The first message at or above `from` that is there to be read, as far as can be told by this range. */
export function firstUnread(messages: readonly Message[], from: number, me: string): number {
  const begins = messages[0]?.seq ?? Number.MAX_SAFE_INTEGER
  if (begins > from) return from
  return messages.find((message) => message.seq >= from && countsAsUnread(message, me))?.seq ?? from
}

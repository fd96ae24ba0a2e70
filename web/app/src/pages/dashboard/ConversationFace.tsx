import type { Summary } from "@parley/sdk"
import type { ReactNode } from "react"
import { Avatar } from "../../components/Avatar.tsx"
import { conversationTitle, peerOf } from "../../state/summaries.ts"

/** The other one's picture with his presence, or the group's initials. */
export function ConversationFace({ summary, me, size }: { summary: Summary; me: string; size?: number }): ReactNode {
  const peer = peerOf(summary, me)
  return (
    <Avatar
      id={peer?.user ?? summary.id}
      name={conversationTitle(summary, me)}
      picture={peer?.picture}
      presence={peer?.user}
      {...(size !== undefined && { size })}
    />
  )
}

import { useCallback, useEffect, useRef } from "react"
import { useChat } from "../context.ts"

/** Says that one types, or has stopped; how often it is said is the client's matter. */
export function useTypingSignal(): (on: boolean) => void {
  const { conversation, client } = useChat()
  const typing = useRef(false)
  const signal = useCallback(
    (on: boolean) => {
      if (!on && !typing.current) return
      typing.current = on
      client.typing(conversation, on)
    },
    [conversation, client],
  )
  useEffect(() => () => signal(false), [signal])
  return signal
}

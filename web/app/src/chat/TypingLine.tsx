import { VisuallyHidden } from "@mantine/core"
import { type ReactNode, useEffect, useState } from "react"
import { useTranslation } from "react-i18next"
import { useTypists } from "../state/typing.ts"
import { useChat, useNames } from "./context.ts"
import classes from "./TypingLine.module.css"

/** Whoever only tries out a word is not worth a screen reader's while. */
const SUSTAINED_MS = 3000

/** Who is typing: seen at once, announced when it lasts. */
export function TypingLine(): ReactNode {
  const { conversation } = useChat()
  const typists = useTypists(conversation)
  const text = useTypingText(typists)
  const announced = useSustained(text)
  return (
    <>
      <div className={classes.line} data-typing={text !== "" || undefined} aria-hidden="true">
        {text !== "" && (
          <>
            <span className={classes.dots}>
              <i />
              <i />
              <i />
            </span>
            {text}
          </>
        )}
      </div>
      <VisuallyHidden role="status">{announced}</VisuallyHidden>
    </>
  )
}

function useTypingText(typists: readonly string[]): string {
  const { t } = useTranslation("chat")
  const nameOf = useNames(typists.slice(0, 2))
  const [one, other] = typists
  if (one === undefined) return ""
  if (other === undefined) return t("typing.one", { name: nameOf(one) })
  if (typists.length === 2) return t("typing.two", { name: nameOf(one), other: nameOf(other) })
  return t("typing.many")
}

function useSustained(text: string): string {
  const [sustained, setSustained] = useState("")
  useEffect(() => {
    const timer = window.setTimeout(() => setSustained(text), text === "" ? 0 : SUSTAINED_MS)
    return () => window.clearTimeout(timer)
  }, [text])
  return text === "" ? "" : sustained
}

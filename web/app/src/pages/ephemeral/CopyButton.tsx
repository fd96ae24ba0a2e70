import { Button } from "@mantine/core"
import { type ReactNode, useEffect, useState } from "react"
import { useTranslation } from "react-i18next"
import { Icon } from "../../components/Icon.tsx"
import { copyText } from "./clipboard.ts"

const SHOWN_MS = 2000

/** Copies a text, and says for a moment that it has. */
export function CopyButton({ text, label }: { text: string; label: string }): ReactNode {
  const { t } = useTranslation("ephemeral")
  const [copied, setCopied] = useState(false)
  useEffect(() => {
    if (!copied) return
    const timer = setTimeout(() => setCopied(false), SHOWN_MS)
    return () => clearTimeout(timer)
  }, [copied])
  return (
    <Button
      variant="default"
      size="sm"
      leftSection={<Icon name={copied ? "check" : "copy"} size={16} />}
      onClick={async () => setCopied(await copyText(text))}
    >
      <span aria-live="polite">{copied ? t("cards.copied") : label}</span>
    </Button>
  )
}

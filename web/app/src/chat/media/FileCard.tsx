import { Loader } from "@mantine/core"
import type { Media } from "@parley/sdk"
import { type ReactNode, useState } from "react"
import { useTranslation } from "react-i18next"
import { useChat } from "../context.ts"
import { Glyph } from "../Glyph.tsx"
import { useTabIndex } from "../message/reach.ts"
import { sizeText } from "../model/files.ts"
import classes from "./FileCard.module.css"
import { save } from "./saving.ts"

/** A file that is no picture: its name and size, and a click loads it down. */
export function FileCard({ media }: { media: Media }): ReactNode {
  const { rest } = useChat()
  const { t, i18n } = useTranslation("chat")
  const tabIndex = useTabIndex()
  const [state, setState] = useState<"idle" | "busy" | "failed">("idle")
  const load = async () => {
    setState("busy")
    try {
      save(await rest.media(media.id), media.name)
      setState("idle")
    } catch {
      setState("failed")
    }
  }
  return (
    <button
      type="button"
      className={classes.card}
      aria-label={t("media.download", { name: media.name })}
      tabIndex={tabIndex}
      disabled={state === "busy"}
      onClick={() => void load()}
    >
      <span className={classes.icon}>{state === "busy" ? <Loader size={20} /> : <Glyph name="file" />}</span>
      <span className={classes.about}>
        <span className={classes.name}>{media.name}</span>
        <span className={classes.size} role={state === "failed" ? "alert" : undefined}>
          {state === "failed" ? t("media.failed") : sizeText(media.size, i18n.language)}
        </span>
      </span>
      <Glyph name="download" size={18} />
    </button>
  )
}

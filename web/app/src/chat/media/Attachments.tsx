import type { Media } from "@parley/sdk"
import { lazy, type ReactNode, Suspense, useState } from "react"
import { useTranslation } from "react-i18next"
import { useChat } from "../context.ts"
import { useLoaded } from "../loaded.ts"
import { useTabIndex } from "../message/reach.ts"
import { fitted } from "../model/files.ts"
import classes from "./Attachments.module.css"
import { FileCard } from "./FileCard.tsx"
import { usePicture } from "./pictures.ts"

const Lightbox = lazy(() => import("./Lightbox.tsx"))

/** The files of a message: pictures by their thumbnails, everything else by its name. */
export function Attachments({ ids }: { ids: readonly string[] }): ReactNode {
  if (ids.length === 0) return null
  return (
    <div className={classes.files} data-many={ids.length > 1 || undefined}>
      {ids.map((id) => (
        <Attachment key={id} id={id} alone={ids.length === 1} />
      ))}
    </div>
  )
}

function Attachment({ id, alone }: { id: string; alone: boolean }): ReactNode {
  const { loads } = useChat()
  const { t } = useTranslation("chat")
  const media = useLoaded(loads.media, id)
  if (media === undefined) return <p className={classes.waiting}>{t("media.loading")}</p>
  if (media === null) return <p className={classes.waiting}>{t("media.gone")}</p>
  if (media.thumbnail === null) return <FileCard media={media} />
  return <Thumbnail media={media} box={alone ? 320 : 150} />
}

function Thumbnail({ media, box }: { media: Media; box: number }): ReactNode {
  const { loads } = useChat()
  const { t } = useTranslation("chat")
  const tabIndex = useTabIndex()
  const [opened, setOpened] = useState(false)
  const { url, failed } = usePicture(loads.pictures, media.id, false)
  const size = fitted(media.width ?? box, media.height ?? box, box)
  return (
    <>
      <button
        type="button"
        className={classes.thumbnail}
        style={{ width: size.width, aspectRatio: `${size.width} / ${size.height}` }}
        tabIndex={tabIndex}
        aria-label={t("media.open", { name: media.name })}
        onClick={() => setOpened(true)}
      >
        {url !== null && <img src={url} alt={media.name} width={size.width} height={size.height} />}
        {failed && <span className={classes.waiting}>{t("media.failed")}</span>}
      </button>
      {opened && (
        <Suspense>
          <Lightbox media={media} onClose={() => setOpened(false)} />
        </Suspense>
      )}
    </>
  )
}

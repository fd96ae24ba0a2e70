import "../../styles-overlays.ts"
import { ActionIcon, Loader, Modal } from "@mantine/core"
import type { Media } from "@parley/sdk"
import type { ReactNode } from "react"
import { useTranslation } from "react-i18next"
import { useChat } from "../context.ts"
import { Glyph } from "../Glyph.tsx"
import { sizeText } from "../model/files.ts"
import classes from "./Lightbox.module.css"
import { usePicture } from "./pictures.ts"
import { save } from "./saving.ts"

/** A picture in full; Esc or a click beside it closes it. */
export default function Lightbox({ media, onClose }: { media: Media; onClose: () => void }): ReactNode {
  const { loads, rest } = useChat()
  const { t, i18n } = useTranslation("chat")
  const { t: common } = useTranslation("common")
  const small = usePicture(loads.pictures, media.id, false)
  const whole = usePicture(loads.pictures, media.id, true)
  const shown = whole.url ?? small.url
  return (
    <Modal.Root opened onClose={onClose} fullScreen>
      <Modal.Overlay />
      <Modal.Content className={classes.content} aria-label={t("media.viewer")}>
        <Modal.Header className={classes.header}>
          <span className={classes.name}>
            {media.name} · {sizeText(media.size, i18n.language)}
          </span>
          <ActionIcon
            variant="subtle"
            size={44}
            aria-label={t("media.download", { name: media.name })}
            onClick={() => void rest.media(media.id).then((blob) => save(blob, media.name))}
          >
            <Glyph name="download" />
          </ActionIcon>
          <Modal.CloseButton size={44} aria-label={common("close")} />
        </Modal.Header>
        <Modal.Body className={classes.body} onClick={(event) => event.target === event.currentTarget && onClose()}>
          {shown !== null && <img className={classes.picture} src={shown} alt={media.name} />}
          {whole.url === null && !whole.failed && <Loader className={classes.loader} />}
          {whole.failed && <p role="alert">{t("media.failed")}</p>}
        </Modal.Body>
      </Modal.Content>
    </Modal.Root>
  )
}

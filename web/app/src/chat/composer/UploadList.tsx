import { ActionIcon, Progress } from "@mantine/core"
import type { ReactNode } from "react"
import { useTranslation } from "react-i18next"
import { explain } from "../../components/ErrorText.tsx"
import { Icon } from "../../components/Icon.tsx"
import { Glyph } from "../Glyph.tsx"
import { MAX_FILE_BYTES, MAX_FILES, sizeText } from "../model/files.ts"
import classes from "./UploadList.module.css"
import type { NotTaken, Upload, Uploads } from "./useUploads.ts"

/** The files that the message will carry, how far they are, and which were not taken. */
export function UploadList({ uploads }: { uploads: Uploads }): ReactNode {
  const { t } = useTranslation("chat")
  return (
    <>
      {uploads.all.length > 0 && (
        <ul className={classes.list} aria-label={t("upload.files")}>
          {uploads.all.map((upload) => (
            <UploadItem key={upload.id} upload={upload} uploads={uploads} />
          ))}
        </ul>
      )}
      <div role="alert" className={classes.notTaken}>
        {uploads.notTaken.map((one) => (
          <Refused key={`${one.reason} ${one.name}`} one={one} />
        ))}
      </div>
    </>
  )
}

function UploadItem({ upload, uploads }: { upload: Upload; uploads: Uploads }): ReactNode {
  const { t, i18n } = useTranslation("chat")
  const { t: common } = useTranslation("common")
  const { file, preview, error, media, share } = upload
  const name = file.name
  const busy = media === null && error === null
  return (
    <li className={classes.item} data-failed={error !== null || undefined}>
      {preview === null ? (
        <span className={classes.icon}>
          <Glyph name="file" />
        </span>
      ) : (
        <img className={classes.preview} src={preview} alt="" />
      )}
      <span className={classes.about}>
        <span className={classes.name}>{name}</span>
        <span className={classes.note} role={error === null ? undefined : "alert"}>
          {error === null ? sizeText(file.size, i18n.language) : `${t("upload.failed")}: ${explain(common, error)}`}
        </span>
        {busy && <Progress value={share * 100} size="xs" aria-label={t("upload.progress", { name })} />}
      </span>
      {error !== null && (
        <ActionIcon aria-label={t("upload.retry", { name })} onClick={() => uploads.retry(upload.id)}>
          <Glyph name="retry" size={18} />
        </ActionIcon>
      )}
      <ActionIcon
        aria-label={busy ? t("upload.cancel", { name }) : t("upload.remove", { name })}
        onClick={() => uploads.remove(upload.id)}
      >
        <Icon name="close" size={18} />
      </ActionIcon>
    </li>
  )
}

function Refused({ one }: { one: NotTaken }): ReactNode {
  const { t, i18n } = useTranslation("chat")
  const size = sizeText(MAX_FILE_BYTES, i18n.language)
  return <p>{t(`upload.${one.reason}`, { name: one.name, size, count: MAX_FILES })}</p>
}

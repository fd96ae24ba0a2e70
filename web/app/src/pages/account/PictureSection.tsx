import { Button, FileButton, Group, Progress, Stack, Text } from "@mantine/core"
import { type ReactNode, useEffect, useState } from "react"
import { useTranslation } from "react-i18next"
import { Avatar } from "../../components/Avatar.tsx"
import { ErrorText } from "../../components/ErrorText.tsx"
import { Section } from "../../components/Section.tsx"
import { useAction } from "../../components/useAction.ts"
import { noteProfile, useSession, useUser } from "../../state/session.ts"
import { nameOf } from "../../state/summaries.ts"
import classes from "./PictureSection.module.css"

const TYPES = ["image/jpeg", "image/png", "image/gif", "image/webp"]
const MOST_BYTES = 25 * 1024 * 1024

/** One's picture: chosen, looked at, and then used. */
export function PictureSection(): ReactNode {
  const { t } = useTranslation(["account", "common"])
  const rest = useSession((session) => session.rest)
  const me = useUser()
  const [file, setFile] = useState<File | null>(null)
  const [progress, setProgress] = useState(0)
  const preview = usePreview(file)
  const saving = useAction(async (picture: File | null) => {
    setProgress(0)
    const onProgress = (share: number) => setProgress(100 * share)
    const media = await rest.setPicture(me.id, picture, { onProgress })
    noteProfile({ ...me, picture: media?.id ?? null })
    setFile(null)
  })
  const wrong = file === null ? null : problem(file)
  return (
    <Section title={t("profile.picture")}>
      <Group>
        {preview === null ? (
          <Avatar id={me.id} name={nameOf(me)} picture={me.picture} size={96} />
        ) : (
          <img className={classes.preview} src={preview} alt={t("profile.preview")} />
        )}
        <Stack gap="xs" flex={1} miw={200}>
          <Text size="sm" c="dimmed">
            {t("profile.picture_hint")}
          </Text>
          <Group gap="xs">
            <FileButton onChange={setFile} accept={TYPES.join(",")}>
              {(props) => (
                <Button {...props} variant="default">
                  {t("profile.choose_picture")}
                </Button>
              )}
            </FileButton>
            {me.picture !== null && file === null && (
              <Button variant="subtle" color="red" loading={saving.busy} onClick={() => void saving.run(null)}>
                {t("profile.remove_picture")}
              </Button>
            )}
          </Group>
        </Stack>
      </Group>
      {wrong !== null && <ErrorText error={wrong} text={t(`profile.${wrong}`)} />}
      <ErrorText error={saving.error} />
      {saving.busy && file !== null && <Progress value={progress} aria-label={t("common:loading")} />}
      {file !== null && wrong === null && (
        <Group>
          <Button loading={saving.busy} onClick={() => void saving.run(file)}>
            {t("profile.use_picture")}
          </Button>
          <Button variant="default" onClick={() => setFile(null)}>
            {t("common:cancel")}
          </Button>
        </Group>
      )}
    </Section>
  )
}

function problem(file: File): "picture_too_large" | "picture_type" | null {
  if (!TYPES.includes(file.type)) return "picture_type"
  return file.size > MOST_BYTES ? "picture_too_large" : null
}

function usePreview(file: File | null): string | null {
  const [url, setUrl] = useState<string | null>(null)
  useEffect(() => {
    if (file === null || problem(file) !== null) return setUrl(null)
    const made = URL.createObjectURL(file)
    setUrl(made)
    return () => URL.revokeObjectURL(made)
  }, [file])
  return url
}

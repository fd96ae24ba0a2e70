import "../../styles-overlays.ts"
import { Button, Group, Modal, PasswordInput, Stack, Text } from "@mantine/core"
import { type FormEvent, type ReactNode, useState } from "react"
import { useTranslation } from "react-i18next"
import { ErrorText } from "../../components/ErrorText.tsx"
import { Section } from "../../components/Section.tsx"
import { useAction } from "../../components/useAction.ts"
import { erase } from "../../state/session.ts"

export function ErasureSection(): ReactNode {
  const { t } = useTranslation(["account", "common"])
  const [asking, setAsking] = useState(false)
  const [password, setPassword] = useState("")
  const erasing = useAction(erase)
  const submit = (event: FormEvent) => {
    event.preventDefault()
    void erasing.run(password)
  }
  return (
    <Section title={t("settings.erase")}>
      <Text size="sm">{t("settings.erase_text")}</Text>
      <Button color="red" variant="outline" onClick={() => setAsking(true)}>
        {t("settings.erase")}
      </Button>
      <Modal
        opened={asking}
        onClose={() => setAsking(false)}
        title={t("settings.erase")}
        closeButtonProps={{ "aria-label": t("common:close") }}
      >
        <form onSubmit={submit}>
          <Stack>
            <Text>{t("settings.erase_text")}</Text>
            <PasswordInput
              label={t("settings.erase_password")}
              value={password}
              onChange={(event) => setPassword(event.currentTarget.value)}
              autoComplete="current-password"
              required
              data-autofocus
            />
            <ErrorText error={erasing.error} />
            <Group justify="flex-end">
              <Button variant="default" onClick={() => setAsking(false)}>
                {t("common:cancel")}
              </Button>
              <Button type="submit" color="red" loading={erasing.busy}>
                {t("settings.erase_action")}
              </Button>
            </Group>
          </Stack>
        </form>
      </Modal>
    </Section>
  )
}

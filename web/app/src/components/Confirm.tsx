import "../styles-overlays.ts"
import { Button, Group, Modal, Stack, Text } from "@mantine/core"
import { type ReactNode, useEffect, useState } from "react"
import { useTranslation } from "react-i18next"
import { ErrorText } from "./ErrorText.tsx"
import { useAction } from "./useAction.ts"

interface Props {
  opened: boolean
  title: string
  /** What will happen. */
  text: string
  /** What the button says. */
  action: string
  onConfirm: () => Promise<unknown>
  onClose: () => void
}

/** Asks before something that cannot be taken back; what goes wrong is said in place. */
export function Confirm({ opened, title, text, action, onConfirm, onClose }: Props): ReactNode {
  const { t } = useTranslation()
  const confirming = useAction(onConfirm)
  // A dialog that is there with its first drawing does not notice where the focus was, to give it back.
  const [there, setThere] = useState(false)
  useEffect(() => setThere(true), [])
  const confirm = async () => {
    if (await confirming.run()) onClose()
  }
  return (
    <Modal opened={opened && there} onClose={onClose} title={title} closeButtonProps={{ "aria-label": t("close") }}>
      <Stack>
        <Text>{text}</Text>
        <ErrorText error={confirming.error} />
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose} data-autofocus>
            {t("cancel")}
          </Button>
          <Button color="red" onClick={confirm} loading={confirming.busy}>
            {action}
          </Button>
        </Group>
      </Stack>
    </Modal>
  )
}

import { Alert, Button, Group, Stack, Text, Textarea, TextInput, Title } from "@mantine/core"
import type { Rest, Summary } from "@parley/sdk"
import { type FormEvent, type ReactNode, useState } from "react"
import { useTranslation } from "react-i18next"
import { Avatar } from "../../components/Avatar.tsx"
import { ErrorText } from "../../components/ErrorText.tsx"
import type { Action } from "../../components/useAction.ts"
import { isPending } from "../dashboard/useDirect.ts"
import { isGroupName, LONGEST_DESCRIPTION, LONGEST_NAME } from "./limits.ts"

interface Props {
  summary: Summary
  isAdmin: boolean
  changing: Action<[change: Parameters<Rest["changeGroup"]>[1]]>
}

/** What the group is called and is for. */
export function AboutSection({ summary, isAdmin, changing }: Props): ReactNode {
  const { t } = useTranslation(["groups", "common"])
  const [editing, setEditing] = useState(false)
  if (editing) return <Form summary={summary} changing={changing} close={() => setEditing(false)} />
  return (
    <Stack align="center" gap="xs">
      <Avatar id={summary.id} name={summary.name ?? ""} size={96} />
      <Title order={2} size="h3" ta="center">
        {summary.name}
      </Title>
      <Text {...(!summary.description && { c: "dimmed" })} ta="center" style={{ whiteSpace: "pre-wrap" }}>
        {summary.description || t("details.no_description")}
      </Text>
      {isAdmin && (
        <Button variant="subtle" onClick={() => setEditing(true)}>
          {t("details.edit")}
        </Button>
      )}
    </Stack>
  )
}

interface FormProps extends Pick<Props, "summary" | "changing"> {
  close: () => void
}

function Form({ summary, changing, close }: FormProps): ReactNode {
  const { t } = useTranslation(["groups", "common"])
  const [name, setName] = useState(summary.name ?? "")
  const [description, setDescription] = useState(summary.description ?? "")
  const submit = async (event: FormEvent) => {
    event.preventDefault()
    const change = { name: name.trim(), description: description.trim() || null }
    if (isGroupName(name) && (await changing.run(change))) close()
  }
  return (
    <form onSubmit={submit} noValidate>
      <Stack>
        <TextInput
          label={t("new.name")}
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
          error={!isGroupName(name) && t("new.name_missing")}
          maxLength={LONGEST_NAME}
          autoFocus
        />
        <Textarea
          label={t("new.description")}
          value={description}
          onChange={(event) => setDescription(event.currentTarget.value)}
          maxLength={LONGEST_DESCRIPTION}
          rows={3}
        />
        {isPending(changing.error) ? (
          <Alert role="status">{t("details.pending")}</Alert>
        ) : (
          <ErrorText error={changing.error} />
        )}
        <Group justify="flex-end">
          <Button variant="default" onClick={close}>
            {t("common:cancel")}
          </Button>
          <Button type="submit" loading={changing.busy}>
            {t("common:save")}
          </Button>
        </Group>
      </Stack>
    </form>
  )
}

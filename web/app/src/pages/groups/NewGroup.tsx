import { ActionIcon, Alert, Button, Input, PasswordInput, Stack, Text, Textarea, TextInput } from "@mantine/core"
import type { Profile } from "@parley/sdk"
import { type FormEvent, type ReactNode, useState } from "react"
import { useTranslation } from "react-i18next"
import { useLocation } from "wouter"
import { Avatar } from "../../components/Avatar.tsx"
import { ErrorText } from "../../components/ErrorText.tsx"
import { Icon } from "../../components/Icon.tsx"
import { Pane } from "../../components/Pane.tsx"
import { PeoplePicker } from "../../components/PeoplePicker.tsx"
import { useAction } from "../../components/useAction.ts"
import { learn } from "../../state/conversations.ts"
import { useSession } from "../../state/session.ts"
import { nameOf } from "../../state/summaries.ts"
import { chatPath } from "../dashboard/routes.ts"
import { isPending } from "../dashboard/useDirect.ts"
import { isGroupName, isGroupPassword, LONGEST_DESCRIPTION, LONGEST_NAME } from "./limits.ts"
import classes from "./NewGroup.module.css"

export default function NewGroup(): ReactNode {
  const { t } = useTranslation(["groups", "account"])
  const rest = useSession((session) => session.rest)
  const [, navigate] = useLocation()
  const [name, setName] = useState("")
  const [description, setDescription] = useState("")
  const [password, setPassword] = useState("")
  const [members, setMembers] = useState<readonly Profile[]>([])
  const [checked, setChecked] = useState(false)
  const making = useAction(async () => {
    const {
      messages: _messages,
      more: _more,
      ...summary
    } = await rest.group({
      name: name.trim(),
      members: members.map((each) => each.id),
      ...(description.trim() && { description: description.trim() }),
      ...(password && { password }),
    })
    learn(summary)
    navigate(chatPath(summary.id))
  })
  const hasPassword = password === "" || isGroupPassword(password)
  const submit = (event: FormEvent) => {
    event.preventDefault()
    setChecked(true)
    if (isGroupName(name) && hasPassword) void making.run()
  }
  return (
    <Pane title={t("new.title")}>
      <form onSubmit={submit} noValidate>
        <Stack>
          <TextInput
            label={t("new.name")}
            value={name}
            onChange={(event) => setName(event.currentTarget.value)}
            error={checked && !isGroupName(name) && t("new.name_missing")}
            maxLength={LONGEST_NAME}
            required
            autoFocus
          />
          <Textarea
            label={t("new.description")}
            value={description}
            onChange={(event) => setDescription(event.currentTarget.value)}
            placeholder={t("account:register.optional")}
            maxLength={LONGEST_DESCRIPTION}
            rows={2}
          />
          <div>
            <Input.Label component="div" mb={4}>
              {t("new.members")}
            </Input.Label>
            <Chosen members={members} remove={(id) => setMembers(members.filter((each) => each.id !== id))} />
          </div>
          <PeoplePicker
            label={t("new.add_members")}
            without={new Set(members.map((each) => each.id))}
            onPick={(person) => setMembers([...members, person])}
          />
          <PasswordInput
            label={t("new.password")}
            description={t("new.password_hint")}
            value={password}
            onChange={(event) => setPassword(event.currentTarget.value)}
            error={checked && !hasPassword && t("new.password_invalid")}
            placeholder={t("account:register.optional")}
            autoComplete="off"
          />
          {isPending(making.error) ? (
            <Alert role="status">{t("new.pending")}</Alert>
          ) : (
            <ErrorText error={making.error} />
          )}
          <Button type="submit" loading={making.busy}>
            {t("new.submit")}
          </Button>
        </Stack>
      </form>
    </Pane>
  )
}

function Chosen({ members, remove }: { members: readonly Profile[]; remove: (id: string) => void }): ReactNode {
  const { t } = useTranslation(["groups", "account"])
  return (
    <>
      <Text size="sm" c="dimmed" role="status" mb={4}>
        {t("new.chosen", { count: members.length })}
      </Text>
      <ul className={classes.chosen} aria-label={t("new.members")}>
        {members.map((person) => (
          <li key={person.id} className={classes.person}>
            <Avatar id={person.id} name={nameOf(person)} picture={person.picture} size={24} />
            {nameOf(person)}
            <ActionIcon
              size="sm"
              radius="xl"
              aria-label={t("new.remove", { name: nameOf(person) })}
              onClick={() => remove(person.id)}
            >
              <Icon name="close" size={14} />
            </ActionIcon>
          </li>
        ))}
      </ul>
    </>
  )
}

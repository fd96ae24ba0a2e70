import { Button, NativeSelect, Stack, TextInput } from "@mantine/core"
import { type FormEvent, type ReactNode, useState } from "react"
import { useTranslation } from "react-i18next"
import { useLocation } from "wouter"
import { ErrorText } from "../../components/ErrorText.tsx"
import { useSession } from "../../state/session.ts"
import { cleanName, judgeNames, type NameFault } from "./names.ts"
import { keepStarted } from "./started.ts"
import { DEFAULT_SILENCE, SILENCES, useSilence } from "./times.ts"

type Faults = readonly [NameFault | null, NameFault | null]
const FAULTLESS: Faults = [null, null]

/** Starts a chat for two names, and goes to the page that shows its links and codes. */
export function NamesForm(): ReactNode {
  const { t } = useTranslation("ephemeral")
  const sayingSilence = useSilence()
  const [, navigate] = useLocation()
  const { rest } = useSession()
  const [names, setNames] = useState<readonly [string, string]>(["", ""])
  const [silence, setSilence] = useState<number>(DEFAULT_SILENCE)
  const [faults, setFaults] = useState(FAULTLESS)
  const [error, setError] = useState<unknown>(null)
  const [busy, setBusy] = useState(false)

  const change = (which: 0 | 1, name: string) => {
    setNames(which === 0 ? [name, names[1]] : [names[0], name])
    setFaults(FAULTLESS)
  }
  const start = async () => {
    setBusy(true)
    setError(null)
    try {
      const cleaned: [string, string] = [cleanName(names[0]), cleanName(names[1])]
      const chat = await rest.startChat({ names: cleaned, inactivity_seconds: silence })
      keepStarted({ chat, silence })
      navigate("/start")
    } catch (failure) {
      setError(failure)
      setBusy(false)
    }
  }
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const found = judgeNames(...names)
    setFaults(found)
    const wrong = found.findIndex((fault) => fault !== null)
    const field = event.currentTarget.elements.item(wrong)
    if (wrong === -1) void start()
    else if (field instanceof HTMLElement) field.focus()
  }
  const said = (fault: NameFault | null) => fault !== null && t(`faults.${fault}`)

  return (
    <form onSubmit={submit} noValidate>
      <Stack gap="sm">
        <TextInput
          label={t("start.first")}
          value={names[0]}
          onChange={(event) => change(0, event.currentTarget.value)}
          error={said(faults[0])}
          autoComplete="nickname"
        />
        <TextInput
          label={t("start.second")}
          value={names[1]}
          onChange={(event) => change(1, event.currentTarget.value)}
          error={said(faults[1])}
          autoComplete="off"
        />
        <NativeSelect
          label={t("start.inactivity")}
          data={SILENCES.map((seconds) => ({ value: String(seconds), label: sayingSilence(seconds) }))}
          value={String(silence)}
          onChange={(event) => setSilence(Number(event.currentTarget.value))}
        />
        <ErrorText error={error} />
        <Button type="submit" loading={busy} mt="xs">
          {t("start.submit")}
        </Button>
      </Stack>
    </form>
  )
}

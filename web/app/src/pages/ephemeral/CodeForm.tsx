import { Alert, Button, Stack, TextInput, VisuallyHidden } from "@mantine/core"
import { RequestFailed } from "@parley/sdk"
import { type FormEvent, type ReactNode, useEffect, useRef, useState } from "react"
import { useTranslation } from "react-i18next"
import { ErrorText } from "../../components/ErrorText.tsx"
import { Icon } from "../../components/Icon.tsx"
import classes from "./CodeForm.module.css"
import { readCode } from "./code.ts"
import { clock, useCountdown } from "./countdown.ts"

/** What became of the last try. */
type Outcome =
  | { kind: "none" | "malformed" }
  | { kind: "wrong"; left: number }
  | { kind: "locked"; until: number }
  | { kind: "failed"; error: unknown }

/** Takes the code, and says what is wrong with it; while the seat is locked, how long that lasts. */
export function CodeForm({ enter }: { enter: (code: string) => Promise<void> }): ReactNode {
  const { t } = useTranslation("ephemeral")
  const field = useRef<HTMLInputElement>(null)
  const [typed, setTyped] = useState("")
  const [busy, setBusy] = useState(false)
  const [outcome, setOutcome] = useState<Outcome>({ kind: "none" })
  const locked = useCountdown(outcome.kind === "locked" ? outcome.until : null)

  // There is nothing else to do on this page.
  useEffect(() => field.current?.focus(), [])

  const submit = async (event: FormEvent) => {
    event.preventDefault()
    if (busy || locked > 0) return
    const code = readCode(typed)
    if (code === null) return fail({ kind: "malformed" })
    setBusy(true)
    try {
      await enter(code)
    } catch (error) {
      setBusy(false)
      fail(outcomeOf(error))
    }
  }
  const fail = (found: Outcome) => {
    setOutcome(found)
    field.current?.focus()
    field.current?.select()
  }

  return (
    <form onSubmit={submit} noValidate>
      <Stack gap="md">
        <TextInput
          ref={field}
          label={t("landing.code")}
          description={t("landing.codeHint")}
          value={typed}
          onChange={(event) => {
            setTyped(event.currentTarget.value)
            if (outcome.kind === "malformed") setOutcome({ kind: "none" })
          }}
          error={outcome.kind === "malformed" && t("faults.code")}
          size="lg"
          maxLength={40}
          autoComplete="one-time-code"
          autoCapitalize="characters"
          autoCorrect="off"
          spellCheck={false}
          placeholder="XXXX-XXXX"
          classNames={{ input: classes.code, description: classes.hint }}
        />
        <Result outcome={outcome} locked={locked} />
        <Button type="submit" size="md" loading={busy} disabled={locked > 0}>
          {t("landing.enter")}
        </Button>
      </Stack>
    </form>
  )
}

function Result({ outcome, locked }: { outcome: Outcome; locked: number }): ReactNode {
  const { t } = useTranslation("ephemeral")
  if (outcome.kind === "failed") return <ErrorText error={outcome.error} />
  if (outcome.kind === "wrong")
    return (
      <Alert color="red" role="alert" icon={<Icon name="alert" />} title={t("landing.wrong")}>
        {t("landing.tries", { count: outcome.left })}
      </Alert>
    )
  if (outcome.kind !== "locked") return null
  return (
    <Alert color="yellow" icon={<Icon name="lock" />} role="group">
      {locked > 0 && <span role="timer">{t("landing.locked", { clock: clock(locked) })}</span>}
      {/* Read out as it begins and as it is over, not every second. */}
      <span role="status">
        {locked > 0 ? <VisuallyHidden>{t("landing.lockedNow")}</VisuallyHidden> : t("landing.lockedOver")}
      </span>
    </Alert>
  )
}

function outcomeOf(error: unknown): Outcome {
  if (error instanceof RequestFailed) {
    if (error.code === "wrong_code") return { kind: "wrong", left: error.tries_left ?? 0 }
    if (error.code === "locked_out") return { kind: "locked", until: Date.now() + (error.retry_after ?? 1) * 1000 }
  }
  return { kind: "failed", error }
}

import { Alert, Stack, Switch } from "@mantine/core"
import { type ReactNode, useEffect, useState } from "react"
import { useTranslation } from "react-i18next"
import { useSession } from "../state/session.ts"
import { changeSettings, useSettings } from "../state/settings.ts"
import { type PushState, pushState, switchOff, switchOn } from "./push.ts"

/** Whether this browser notifies the account that is signed in, and how much it says. */
export function PushSetting(): ReactNode {
  const { t } = useTranslation("notifications")
  const { rest, user } = useSession()
  const { hide_content } = useSettings()
  const [state, setState] = useState<PushState | null>(null)
  const [busy, setBusy] = useState(false)
  const [failed, setFailed] = useState(false)
  const me = user?.id

  useEffect(() => {
    if (me === undefined) return
    let here = true
    pushState(me).then(
      (found) => here && setState(found),
      () => here && setState("unsupported"),
    )
    return () => {
      here = false
    }
  }, [me])

  const change = async (on: boolean) => {
    if (me === undefined) return
    setBusy(true)
    setFailed(false)
    try {
      setState(await (on ? switchOn(rest, me) : switchOff(rest)))
    } catch {
      setFailed(true)
    } finally {
      setBusy(false)
    }
  }

  return (
    <Stack gap="sm">
      <Switch
        label={t("push.switch")}
        description={t("push.about")}
        checked={state === "on"}
        disabled={busy || state === null || state === "unsupported" || state === "blocked"}
        onChange={(event) => void change(event.currentTarget.checked)}
      />
      {state === "blocked" && <Alert color="yellow">{t("push.blocked")}</Alert>}
      {state === "unsupported" && <Alert color="gray">{t("push.unsupported")}</Alert>}
      {failed && (
        <Alert color="red" role="alert">
          {t("push.failed")}
        </Alert>
      )}
      <Switch
        label={t("push.hide")}
        description={t("push.hideAbout")}
        checked={hide_content}
        onChange={(event) => changeSettings({ hide_content: event.currentTarget.checked })}
      />
    </Stack>
  )
}

import { Loader, Switch } from "@mantine/core"
import type { Preferences } from "@parley/sdk"
import { useQuery } from "@tanstack/react-query"
import type { ReactNode } from "react"
import { useTranslation } from "react-i18next"
import { ErrorText } from "../../components/ErrorText.tsx"
import { Section } from "../../components/Section.tsx"
import { useAction } from "../../components/useAction.ts"
import { PushSetting } from "../../notifications/PushSetting.tsx"
import { queries } from "../../state/queries.ts"
import { useSession, useUser } from "../../state/session.ts"
import { changeSettings, useSettings } from "../../state/settings.ts"
import { Choice } from "./Choice.tsx"

/** What the server keeps with the account, beside what this browser was told of notifications. */
export function PreferencesSections(): ReactNode {
  const { t } = useTranslation(["account", "common"])
  const rest = useSession((session) => session.rest)
  const me = useUser().id
  const popups = useSettings((settings) => settings.popups)
  const key = ["preferences", me]
  const asked = useQuery({ queryKey: key, queryFn: () => rest.preferences(me) }, queries)
  const profile = useQuery({ queryKey: ["profile", me], queryFn: () => rest.user(me) }, queries)
  const changing = useAction(async (change: Partial<Preferences>) => {
    queries.setQueryData(key, await rest.changePreferences(me, change))
  })
  const chosen = asked.data
  const hasAddress = Boolean(profile.data?.email)
  return (
    <>
      <Section title={t("settings.notifications")}>
        <ErrorText error={asked.error ?? changing.error} />
        {asked.isPending && <Loader size="sm" role="status" aria-label={t("common:loading")} />}
        {chosen !== undefined && (
          <Choice
            label={t("settings.notify")}
            value={chosen.notifications}
            options={[
              ["all", t("settings.notify_all")],
              ["mentions", t("settings.notify_mentions")],
              ["none", t("settings.notify_none")],
            ]}
            disabled={changing.busy}
            onChange={(notifications) => void changing.run({ notifications })}
          />
        )}
        <PushSetting />
        <Switch
          label={t("settings.popups")}
          checked={popups}
          onChange={(event) => changeSettings({ popups: event.currentTarget.checked })}
        />
        {chosen !== undefined && (
          <Switch
            label={t("settings.email_digest")}
            description={hasAddress ? undefined : t("settings.email_digest_needs_address")}
            checked={chosen.email_digest}
            disabled={changing.busy || (!hasAddress && !chosen.email_digest)}
            onChange={(event) => void changing.run({ email_digest: event.currentTarget.checked })}
          />
        )}
      </Section>
      {chosen !== undefined && (
        <Section title={t("settings.privacy")}>
          <Switch
            label={t("settings.read_receipts")}
            description={t("settings.read_receipts_hint")}
            checked={chosen.read_receipts}
            disabled={changing.busy}
            onChange={(event) => void changing.run({ read_receipts: event.currentTarget.checked })}
          />
        </Section>
      )}
    </>
  )
}

import { Loader } from "@mantine/core"
import { useQuery } from "@tanstack/react-query"
import type { ReactNode } from "react"
import { useTranslation } from "react-i18next"
import { ErrorText } from "../../components/ErrorText.tsx"
import { Pane } from "../../components/Pane.tsx"
import { queries } from "../../state/queries.ts"
import { useSession, useUser } from "../../state/session.ts"
import { PictureSection } from "./PictureSection.tsx"
import { ProfileForm } from "./ProfileForm.tsx"

/** One's own, as others see it, and what only oneself sees. */
export default function Profile(): ReactNode {
  const { t } = useTranslation(["account", "common"])
  const rest = useSession((session) => session.rest)
  const me = useUser()
  const asked = useQuery({ queryKey: ["profile", me.id], queryFn: () => rest.user(me.id) }, queries)
  return (
    <Pane title={t("profile.title")}>
      <PictureSection />
      <ErrorText error={asked.error} />
      {asked.isPending && <Loader size="sm" role="status" aria-label={t("common:loading")} />}
      {asked.data !== undefined && <ProfileForm profile={asked.data} />}
    </Pane>
  )
}

import { Loader } from "@mantine/core"
import { type ReactNode, useEffect, useState } from "react"
import { useTranslation } from "react-i18next"
import { ErrorText } from "./ErrorText.tsx"
import classes from "./Splash.module.css"

/** Shorter waits show nothing: what only flashes up is noise. */
const QUIET_MILLISECONDS = 300

/** While something is loaded, and what stands in its way. */
export function Splash({ trouble = null }: { trouble?: unknown }): ReactNode {
  const { t } = useTranslation()
  const [late, setLate] = useState(false)
  useEffect(() => {
    const timer = setTimeout(() => setLate(true), QUIET_MILLISECONDS)
    return () => clearTimeout(timer)
  }, [])
  return (
    <div className={classes.splash} role={late ? "status" : undefined}>
      {late && (
        <>
          <Loader aria-hidden="true" />
          {t("loading")}
          <ErrorText error={trouble} />
        </>
      )}
    </div>
  )
}

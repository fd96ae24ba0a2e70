import { type ReactNode, useEffect, useState } from "react"
import { useTranslation } from "react-i18next"
import { REPLACED, useConnection } from "../state/connection.ts"
import { useSession } from "../state/session.ts"
import classes from "./ConnectionBanner.module.css"

/** Connecting takes a moment every time; only what lasts longer is said. */
const QUIET_MILLISECONDS = 1500

/** Says that there is no connection and when it is tried again; nothing while there is one. */
export function ConnectionBanner(): ReactNode {
  const { state, stopped } = useConnection()
  const client = useSession((session) => session.client)
  if (state === "online" || client === null) return null
  if (stopped !== null) return <Stopped code={stopped} />
  return state === "connecting" ? <Connecting /> : <Offline tryNow={() => client.tryNow()} />
}

function Connecting(): ReactNode {
  const { t } = useTranslation()
  const [late, setLate] = useState(false)
  useEffect(() => {
    const timer = setTimeout(() => setLate(true), QUIET_MILLISECONDS)
    return () => clearTimeout(timer)
  }, [])
  return late ? (
    <div className={classes.banner} role="status">
      {t("connection.connecting")}
    </div>
  ) : null
}

function Offline({ tryNow }: { tryNow: () => void }): ReactNode {
  const { t } = useTranslation()
  const retryAt = useConnection((connection) => connection.retryAt)
  const seconds = useSecondsUntil(retryAt)
  return (
    <div className={classes.banner} role="status">
      <span>{t("connection.lost")}</span>
      {/* Every second of a countdown would be read out. */}
      <span aria-live="off">
        {seconds === null ? t("connection.retrying") : t("connection.retry", { count: seconds })}
      </span>
      <button type="button" className={classes.action} onClick={tryNow}>
        {t("connection.try_now")}
      </button>
    </div>
  )
}

function Stopped({ code }: { code: number }): ReactNode {
  const { t } = useTranslation()
  return (
    <div className={classes.banner} role="status">
      <span>{t(code === REPLACED ? "connection.replaced" : "connection.stopped")}</span>
      <button type="button" className={classes.action} onClick={() => window.location.reload()}>
        {t(code === REPLACED ? "connection.use_here" : "reload")}
      </button>
    </div>
  )
}

/** Whole seconds until then, at least 1; null when it is now. */
function useSecondsUntil(at: number | null): number | null {
  const [now, setNow] = useState(Date.now)
  useEffect(() => {
    if (at === null) return
    setNow(Date.now())
    const timer = setInterval(() => setNow(Date.now()), 500)
    return () => clearInterval(timer)
  }, [at])
  return at === null ? null : Math.max(1, Math.ceil((at - now) / 1000))
}

/** Seconds that are left until a moment, ticking. */
import { useEffect, useState } from "react"

/** Whole seconds left, at least 0: the last one is shown until it is over. */
export function secondsLeft(until: number, now: number): number {
  return Math.max(0, Math.ceil((until - now) / 1000))
}

/** `m:ss`, or `h:mm:ss` from an hour on. */
export function clock(seconds: number): string {
  const [h, m, s] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60]
  const two = (part: number) => String(part).padStart(2, "0")
  return h > 0 ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`
}

/** Seconds left until `until` (milliseconds since 1970); 0 without one. Ticks only while something is left. */
export function useCountdown(until: number | null): number {
  const [now, setNow] = useState(Date.now)
  const left = until === null ? 0 : secondsLeft(until, now)
  const running = left > 0
  useEffect(() => {
    setNow(Date.now())
    if (until === null || !running) return
    const timer = setInterval(() => setNow(Date.now()), 250)
    return () => clearInterval(timer)
  }, [until, running])
  return left
}

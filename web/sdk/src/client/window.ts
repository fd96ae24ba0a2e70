/** What the window knows of the network, when there is a window. */

interface Follower {
  tryNow(): void
  lost(): void
}

/** Returns how to stop following. */
export function followWindow(follower: Follower): () => void {
  if (typeof window === "undefined") return () => undefined
  const back = () => follower.tryNow()
  const gone = () => follower.lost()
  const seen = () => {
    if (document.visibilityState === "visible") follower.tryNow()
  }
  window.addEventListener("online", back)
  window.addEventListener("offline", gone)
  document.addEventListener("visibilitychange", seen)
  return () => {
    window.removeEventListener("online", back)
    window.removeEventListener("offline", gone)
    document.removeEventListener("visibilitychange", seen)
  }
}

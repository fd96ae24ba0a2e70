import { lazy, type ReactNode, Suspense, useEffect, useState } from "react"

const DropTarget = lazy(() => import("./DropTarget.tsx"))

interface Props {
  className: string | undefined
  /** Null while no files are taken. */
  onFiles: ((files: File[]) => void) | null
  children: ReactNode
}

/** Takes files dropped anywhere on what is in it. What that needs is loaded when the first is dragged over it. */
export function Dropping({ className, onFiles, children }: Props): ReactNode {
  const [dragging, setDragging] = useState(false)
  useEffect(() => {
    if (!dragging) return
    const over = (event: DragEvent) => {
      if (event.type === "drop" || event.relatedTarget === null) setDragging(false)
    }
    window.addEventListener("dragleave", over)
    window.addEventListener("drop", over)
    return () => {
      window.removeEventListener("dragleave", over)
      window.removeEventListener("drop", over)
    }
  }, [dragging])
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: who does not drag has the button and the clipboard
    <div
      className={className}
      onDragEnter={(event) => {
        if (onFiles !== null && event.dataTransfer.types.includes("Files")) setDragging(true)
      }}
      // Else the browser would open the file in place of this page.
      onDragOver={(event) => event.preventDefault()}
      onDrop={(event) => event.preventDefault()}
    >
      {children}
      {dragging && onFiles !== null && (
        <Suspense>
          <DropTarget onFiles={onFiles} onEnd={() => setDragging(false)} />
        </Suspense>
      )}
    </div>
  )
}

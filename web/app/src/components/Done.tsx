import { Text } from "@mantine/core"
import type { ReactNode } from "react"

/** That something went well, announced as it appears. */
export function Done({ children }: { children: ReactNode }): ReactNode {
  return (
    <Text role="status" size="sm" c="var(--parley-online)" fw={600}>
      {children}
    </Text>
  )
}

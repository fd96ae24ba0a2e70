import { Paper, Stack, Title } from "@mantine/core"
import { type ReactNode, useId } from "react"

/** A part of a page under a heading of its own. */
export function Section({ title, children }: { title: string; children: ReactNode }): ReactNode {
  const heading = useId()
  return (
    <Paper component="section" withBorder radius="lg" p="md" aria-labelledby={heading}>
      <Stack gap="md">
        <Title order={2} size="h5" id={heading}>
          {title}
        </Title>
        {children}
      </Stack>
    </Paper>
  )
}

import { Button, Group, Text, Title } from "@mantine/core"
import { type ReactNode, useEffect, useRef } from "react"
import { useTranslation } from "react-i18next"
import { Link } from "wouter"
import { usePageTitle } from "../../state/page.ts"
import classes from "./Ended.module.css"
import { Outside } from "./Outside.tsx"

/** Whose doing the end was: a name, or what ends chats by itself. Null: it is not known any more. */
export type EndedBy = { you: true } | { name: string } | "inactivity" | "expired" | null

/** Takes the place of the chat when that is over. */
export function Ended({ by }: { by: EndedBy }): ReactNode {
  const { t } = useTranslation("ephemeral")
  const heading = useRef<HTMLHeadingElement>(null)
  usePageTitle(t("ended.title"))
  // What had the focus has gone with the chat.
  useEffect(() => heading.current?.focus(), [])
  return (
    <Outside narrow>
      <Title order={1} size="h2" ref={heading} tabIndex={-1} className={classes.heading}>
        {t("ended.title")}
      </Title>
      <Text mt="sm">
        <Reason by={by} />
      </Text>
      <Text c="dimmed" mt="xs" mb="lg">
        {t("ended.about")}
      </Text>
      <Group>
        <Button component={Link} href="/start">
          {t("ended.start")}
        </Button>
        <Button component={Link} href="/" variant="default">
          {t("ended.home")}
        </Button>
      </Group>
    </Outside>
  )
}

function Reason({ by }: { by: EndedBy }): ReactNode {
  const { t } = useTranslation("ephemeral")
  if (by === null) return null
  if (typeof by === "string") return t(`ended.${by}`)
  return "you" in by ? t("ended.byYou") : t("ended.by", { name: by.name })
}

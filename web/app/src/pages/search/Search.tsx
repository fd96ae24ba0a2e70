import { Button, Group, NativeSelect, Stack, Text, TextInput } from "@mantine/core"
import type { Summary } from "@parley/sdk"
import { useInfiniteQuery } from "@tanstack/react-query"
import { type FormEvent, type ReactNode, useState } from "react"
import { useTranslation } from "react-i18next"
import { useSearchParams } from "wouter"
import { ErrorText } from "../../components/ErrorText.tsx"
import { Icon } from "../../components/Icon.tsx"
import { Pane } from "../../components/Pane.tsx"
import { conversationTitle, useConversations } from "../../state/conversations.ts"
import { queries } from "../../state/queries.ts"
import { useSession, useUser } from "../../state/session.ts"
import { nameOf } from "../../state/summaries.ts"
import { HitRow } from "./HitRow.tsx"

/** Finds messages; what is looked for is in the address, so that Back leads back to what was found. */
export default function Search(): ReactNode {
  const { t } = useTranslation()
  const rest = useSession((session) => session.rest)
  const me = useUser().id
  const summaries = useConversations()
  const [params, setParams] = useSearchParams()
  const q = params.get("q") ?? ""
  const within = params.get("in") ?? ""
  const from = params.get("from") ?? ""
  const [typed, setTyped] = useState(q)
  const asked = useInfiniteQuery(
    {
      queryKey: ["search", me, q, within, from],
      queryFn: ({ pageParam }) =>
        rest.search({
          q,
          ...(within && { conversation: within }),
          ...(from && { from }),
          ...(pageParam !== null && { cursor: pageParam }),
        }),
      initialPageParam: null as string | null,
      getNextPageParam: (last) => last.next,
      enabled: q !== "",
    },
    queries,
  )
  const look = (given: { in?: string; from?: string }) => {
    const next = { q: typed.trim(), in: within, from, ...given }
    setParams(Object.fromEntries(Object.entries(next).filter(([, value]) => value !== "")), { replace: true })
  }
  const submit = (event: FormEvent) => {
    event.preventDefault()
    look({})
  }
  const hits = asked.data?.pages.flatMap((page) => page.hits) ?? []
  return (
    <Pane title={t("search.title")} back={within === "" ? "/" : `/chats/${encodeURIComponent(within)}`}>
      <search>
        <form onSubmit={submit}>
          <Stack gap="sm">
            <Group align="end" wrap="nowrap">
              <TextInput
                flex={1}
                type="search"
                label={t("search.query")}
                leftSection={<Icon name="search" size={16} />}
                value={typed}
                onChange={(event) => setTyped(event.currentTarget.value)}
                autoFocus
              />
              <Button type="submit" loading={asked.isFetching}>
                {t("search.button")}
              </Button>
            </Group>
            <Group grow>
              <NativeSelect
                label={t("search.where")}
                value={within}
                onChange={(event) => look({ in: event.currentTarget.value, from: "" })}
                data={[
                  { value: "", label: t("search.everywhere") },
                  ...summaries.map((each) => ({ value: each.id, label: conversationTitle(each, me) })),
                ]}
              />
              <NativeSelect
                label={t("search.from")}
                value={from}
                onChange={(event) => look({ from: event.currentTarget.value })}
                data={[
                  { value: "", label: t("search.anybody") },
                  { value: me, label: t("you") },
                  ...peopleIn(summaries, within, me),
                ]}
              />
            </Group>
          </Stack>
        </form>
      </search>
      <ErrorText error={asked.error} />
      <Text size="sm" c="dimmed" role="status">
        {q === "" && t("search.hint")}
        {q !== "" && asked.isPending && t("loading")}
        {asked.isSuccess && summaryOf()}
      </Text>
      <Stack component="ul" gap={4} p={0} m={0} style={{ listStyle: "none" }}>
        {hits.map((hit) => (
          <HitRow key={`${hit.message.conversation}.${hit.message.seq}`} hit={hit} me={me} />
        ))}
      </Stack>
      {asked.hasNextPage && (
        <Button variant="default" onClick={() => void asked.fetchNextPage()} loading={asked.isFetchingNextPage}>
          {t("load_more")}
        </Button>
      )}
    </Pane>
  )

  function summaryOf(): string {
    if (hits.length === 0 && !asked.hasNextPage) return t("search.nothing")
    return asked.hasNextPage
      ? t("search.results_more", { count: hits.length })
      : t("search.results", { count: hits.length })
  }
}

/** Whoever may have said something there, by name. */
function peopleIn(summaries: readonly Summary[], within: string, me: string): { value: string; label: string }[] {
  const names = new Map<string, string>()
  for (const { id, members } of summaries) {
    if (within !== "" && id !== within) continue
    for (const member of members) if (member.user !== me) names.set(member.user, nameOf(member))
  }
  const people = Array.from(names, ([value, label]) => ({ value, label }))
  return people.sort((one, other) => one.label.localeCompare(other.label))
}

import type { Message } from "@parley/sdk"

type SystemEvent = NonNullable<Message["event"]>
type Changed = NonNullable<SystemEvent["fields"]>[number]
type Kind = Exclude<SystemEvent["type"], "role" | "changed"> | "made_admin" | "made_member" | `changed_${Changed}`

/** A sentence to be looked up and filled in. */
export interface Sentence {
  readonly key: `system.${Kind | "successor"}`
  /** Who the reader is in it: languages differ there in more than the name. */
  readonly context: "byMe" | "me" | "others"
  readonly by: string
  readonly user: string
  readonly name: string
}

/** What a system message says, in sentences, about people called so. */
export function sentencesOf(event: SystemEvent, me: string, nameOf: (user: string) => string): Sentence[] {
  const by = nameOf(event.by)
  const context = event.by === me ? "byMe" : event.user === me ? "me" : "others"
  const happened = { context, by, user: nameOf(event.user ?? event.by), name: event.name ?? "" } as const
  const sentences: Sentence[] = kindsOf(event).map((kind) => ({ key: `system.${kind}`, ...happened }))
  const successor = event.successor ?? null
  if (successor === null) return sentences
  const whose = successor === me ? "me" : "others"
  return [...sentences, { key: "system.successor", context: whose, by, user: nameOf(successor), name: "" }]
}

function kindsOf(event: SystemEvent): Kind[] {
  if (event.type === "role") return [event.role === "admin" ? "made_admin" : "made_member"]
  if (event.type === "changed") return (event.fields ?? []).map((field) => `changed_${field}` as const)
  return [event.type]
}

import type { Message } from "@parley/sdk"

type SystemEvent = NonNullable<Message["event"]>

/** A sentence to be looked up and filled in. */
export interface Sentence {
  readonly key: string
  readonly values: Readonly<Record<string, string>>
}

/**
 * What a system message says, in sentences. Each kind has a form of its own where the reader did it (`_byMe`) or where
 * it was done to him (`_me`): languages differ in more than the name.
 */
export function sentencesOf(event: SystemEvent, me: string, nameOf: (user: string) => string): Sentence[] {
  const subject = event.user ?? event.by
  const values = { by: nameOf(event.by), user: nameOf(subject), name: event.name ?? "" }
  const kinds = event.type === "changed" ? changes(event) : [kindOf(event)]
  const sentences = kinds.map((kind) => ({ key: `system.${kind}${form(event, me)}`, values }))
  return [...sentences, ...succession(event, me, nameOf)]
}

function kindOf(event: SystemEvent): string {
  if (event.type === "role") return event.role === "admin" ? "made_admin" : "made_member"
  return event.type
}

function changes(event: SystemEvent): string[] {
  return (event.fields ?? []).map((field) => `changed_${field}`)
}

function form(event: SystemEvent, me: string): string {
  if (event.by === me) return "_byMe"
  return event.user === me ? "_me" : ""
}

function succession(event: SystemEvent, me: string, nameOf: (user: string) => string): Sentence[] {
  const successor = event.successor ?? null
  if (successor === null) return []
  return [{ key: `system.successor${successor === me ? "_me" : ""}`, values: { user: nameOf(successor) } }]
}

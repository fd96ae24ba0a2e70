/** The conformance cases that every client passes, on the core of this one. */
import { expect, test } from "vitest"
import suite from "../../../tests/client/conformance.json"
import { ClientState, type Output } from "../src/core/state.ts"
import type { Command, Event, Given } from "../src/events.ts"
import { seeded } from "./seeded.ts"

type Json = Record<string, unknown>
type Step = Json & { frames?: Json[]; events?: Json[] }

const NOTHING: Output = { frames: [], events: [] }
const PARTS = ["message", "sent", "error", "summary"]

/** Plays the steps of one case on one client. */
class Player {
  private drawn = 0
  private now = 100
  private readonly names = new Map<string, unknown>()
  private readonly client: ClientState

  constructor(seed: number) {
    this.client = new ClientState(() => `drawn-${++this.drawn}`, seeded(seed))
  }

  play(step: Step): void {
    const output = this.act(step)
    for (const event of output.events)
      if (event.event === "message") expect(this.client.handed(event.message, this.now)).toEqual(NOTHING)
    expect(output.frames).toEqual(this.wantedFrames(step, output))
    const wanted = step.events ?? []
    const told = output.events.map((event, index) => only(shown(event), Object.keys(wanted[index] ?? event)))
    expect(told).toEqual(wanted)
  }

  private act(step: Step): Output {
    if (isObject(step.open)) {
      const frame = this.client.connectFrame(String(step.open.token), String(step.open.device))
      return { frames: [frame], events: [] }
    }
    if (isObject(step.send)) return this.command({ type: "message", ...step.send })
    if (isObject(step.change)) return this.command(step.change)
    if (isObject(step.server)) return this.client.receive(completed(this.named(step.server)), this.now)
    if (isObject(step.typing))
      return this.client.type(String(step.typing.conversation), step.typing.on === true, this.now)
    if (isObject(step.read)) return this.client.read(String(step.read.conversation), Number(step.read.seq), this.now)
    if (typeof step.refresh === "string") return this.client.refresh(step.refresh)
    if (typeof step.wait === "number") {
      this.now += step.wait
      return this.client.tick(this.now)
    }
    if (step.cut !== true) throw new Error(`not a step: ${JSON.stringify(step)}`)
    this.client.disconnected()
    return NOTHING
  }

  private command({ type, id, conversation, ...given }: Json): Output {
    const command = { id: String(id), conversation: String(conversation), kind: kind(type), given: given as Given }
    return this.client.submit({ ...command, created_at: "2026-01-31T09:00:00.000Z" }, this.now)[1]
  }

  private named(frame: Json): Json {
    const id = frame.id
    return typeof id === "string" && this.names.has(id) ? { ...frame, id: this.names.get(id) } : frame
  }

  private wantedFrames(step: Step, output: Output): Json[] {
    return (step.frames ?? []).map((frame, index) => {
      const sent = output.frames[index]
      const variable = frame.id
      if (typeof variable === "string" && variable.startsWith("$") && sent !== undefined && "id" in sent)
        if (!this.names.has(variable)) this.names.set(variable, sent.id)
      return this.named(frame)
    })
  }
}

function completed(frame: Json): Json {
  const { message, summary, connected } = suite.defaults
  const all = (list: unknown, defaults: Json) => (list as Json[]).map((one) => ({ ...defaults, ...one }))
  switch (frame.type) {
    case "message":
      return { ...message, ...frame }
    case "conversation":
      return { ...summary, ...frame }
    case "changes":
      return { ...frame, messages: all(frame.messages, message) }
    case "connected":
      return { ...connected, ...frame, conversations: all(frame.conversations, summary) }
    default:
      return frame
  }
}

/** An event with the members of what it carries, its own first. */
function shown(event: Event): Json {
  const flat: Json = { ...event }
  for (const part of PARTS) {
    const carried = flat[part]
    if (isObject(carried)) for (const [name, value] of Object.entries(carried)) flat[name] ??= value
  }
  return flat
}

function only(flat: Json, names: string[]): Json {
  return Object.fromEntries(names.map((name) => [name, flat[name]]))
}

function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null
}

function kind(type: unknown): Command["kind"] {
  if (type === "message" || type === "edit" || type === "delete" || type === "react") return type
  throw new Error(`not a command: ${String(type)}`)
}

const cases = suite.cases.flatMap((one) => [1, 2, 3, 4, 5].map((seed) => ({ name: one.name, seed, steps: one.steps })))

test.each(cases)("$name (seed $seed)", ({ seed, steps }) => {
  const player = new Player(seed)
  for (const step of steps) player.play(step as Step)
})

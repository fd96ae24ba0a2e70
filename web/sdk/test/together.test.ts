/** Client, outbox and timeline together against a server and a network that misbehave, over cuts and reloads. */
import { afterEach, beforeEach, expect, test, vi } from "vitest"
import type { OutboxStore } from "../src/browser/outbox.ts"
import { Client } from "../src/client/client.ts"
import type { Command, Event } from "../src/events.ts"
import { Timeline } from "../src/timeline/timeline.ts"
import { FakeSession, Server } from "./fakes.ts"
import { CONVERSATION, MisbehavingServer } from "./misbehaving.ts"
import { seeded } from "./seeded.ts"

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const SEEDS = Array.from({ length: 40 }, (_, seed) => seed + 1)
const CAP = 20

class World {
  readonly server: MisbehavingServer
  readonly submitted: string[] = []
  readonly settled = new Map<string, string>()
  readonly kept = new Map<string, Command>()
  readonly faults: string[] = []
  client: Client
  timeline: Timeline

  constructor(
    readonly random: () => number,
    flaky: boolean,
  ) {
    this.server = new MisbehavingServer(random, flaky)
    for (let count = this.server.below(30); count > 0; count -= 1) this.server.say()
    this.client = this.begin()
    this.timeline = this.open()
  }

  act(restarts: boolean): void {
    const { server, client, timeline } = this
    const acts = [
      () => void server.say(),
      () => server.change(),
      () => this.submit(),
      () => this.submit(),
      () => void (this.random() < 0.3 && server.cut()),
      () => void (this.random() < 0.1 && this.reload()),
      () => void (this.random() < 0.1 && client.tryNow()),
      () => void (restarts && this.random() < 0.05 && server.restart()),
      () => void timeline.older(),
      () => void timeline.newer(),
      () => void (this.random() < 0.1 && timeline.open(1 + server.below(server.messages.length + 1))),
      () => void (this.random() < 0.1 && timeline.open("end")),
      ...Array.from({ length: 12 }, () => () => server.deliver()),
    ]
    acts[server.below(acts.length)]?.()
  }

  /** Everything behaves from now on, and one more cut brings what nobody has announced. */
  async rest(): Promise<void> {
    this.server.calm = true
    this.server.cut()
    for (let turns = 0; turns < 3000; turns += 1) {
      this.server.deliver()
      await vi.advanceTimersByTimeAsync(100)
      if (turns > 600 && this.client.unsettled.length === 0 && this.timeline.loading === null) {
        if (this.timeline.atEnd) break
        void this.timeline.newer()
      }
    }
  }

  private submit(): void {
    const text = `said ${this.submitted.length}`
    const sent =
      this.random() < 0.8
        ? this.client.submit(CONVERSATION, { text })
        : this.client.edit(CONVERSATION, 1 + this.server.below(10), text)
    this.submitted.push(sent.id)
  }

  /** The page is loaded anew: all that is left is what the outbox keeps. */
  private reload(): void {
    this.client.close()
    this.client = this.begin()
    this.timeline = this.open()
  }

  private begin(): Client {
    const rest = new Server().rest()
    const session = new FakeSession(rest)
    Object.assign(rest, { connect: async () => ({ urls: ["ws://one/ws", "ws://two/ws"], heartbeat_seconds: 25 }) })
    const client = new Client({
      session,
      device: "d",
      outbox: this.drawer(),
      random: this.random,
      WebSocket: this.server.WebSocket,
    })
    const follow = this.follow(client)
    client.on(follow)
    client.start()
    return client
  }

  private open(): Timeline {
    const timeline = new Timeline(this.server.load, CAP)
    timeline.subscribe(() => {
      timeline.messages.forEach(({ seq }, index) => {
        if (seq !== (timeline.messages[0]?.seq ?? 0) + index) this.faults.push(`a hole before ${seq}`)
      })
    })
    void timeline.open("end")
    return timeline
  }

  private drawer(): OutboxStore {
    const { kept } = this
    return {
      load: () => [...kept.values()],
      put: (command) => void kept.set(command.id, command),
      remove: (id) => void kept.delete(id),
    }
  }

  /** What the application does with events, and what it may rely on. */
  private follow(client: Client): (event: Event) => void {
    const last = { epoch: "", rev: 0 }
    let met = false
    return (event) => {
      if (event.event === "connected" && !met) {
        // What changed between opening the window and now is told by nobody.
        met = true
        if (client === this.client) void this.timeline.reset()
      } else if (event.event === "message") {
        const { epoch, rev } = event.message
        if (last.epoch !== "" && epoch !== last.epoch) this.faults.push(`${epoch} after ${last.epoch} without a reset`)
        if (rev <= last.rev) this.faults.push(`${rev} after ${last.rev}`)
        Object.assign(last, { epoch, rev })
        if (client === this.client) this.timeline.take(event.message)
      } else if (event.event === "reset") {
        Object.assign(last, { epoch: event.epoch, rev: event.rev })
        if (client === this.client) void this.timeline.reset()
      } else if (event.event === "send" && (event.sent.state === "sent" || event.sent.state === "rejected")) {
        if (this.settled.has(event.sent.id)) this.faults.push(`${event.sent.id} has two outcomes`)
        this.settled.set(event.sent.id, event.sent.state)
      }
    }
  }
}

test.each(SEEDS)("nothing lost, nothing twice, nothing old (seed %i)", async (seed) => {
  const [flaky, restarts] = [seed % 2 === 0, seed % 3 === 0]
  const world = new World(seeded(seed), flaky)
  for (let acts = 0; acts < 400; acts += 1) {
    world.act(restarts)
    if (world.random() < 0.4) await vi.advanceTimersByTimeAsync(world.server.below(1500))
  }
  await world.rest()
  const { server, client, timeline, faults, submitted, settled, kept } = world
  expect(faults).toEqual([])
  expect(client.unsettled).toEqual([])
  expect([...settled.keys()].sort()).toEqual([...submitted].sort())
  expect([...kept.keys()].sort()).toEqual(client.rejected.map((sent) => sent.id).sort())
  if (!restarts) expect(new Set(server.done).size).toBe(server.done.length)
  if (!flaky && !restarts) {
    const messages = submitted.filter((id) => server.messages.some((one) => one.client_id === id))
    expect(server.messages.filter((one) => one.sender === "u_1" && submitted.includes(one.client_id)).length).toBe(
      messages.length,
    )
  }
  expect(timeline.atEnd).toBe(true)
  expect(timeline.messages.at(-1)?.seq).toBe(server.messages.at(-1)?.seq)
  for (const shown of timeline.messages) expect(shown).toMatchObject(server.messages[shown.seq - 1] ?? {})
  client.close()
})

/** What keeps a client going: sockets one after another, the token, the clock. Drives the core, which has no I/O. */
import { Backoff, type Random } from "../core/backoff.ts"
import { newId } from "../core/ids.ts"
import type { Frame } from "../core/reading.ts"
import type { ClientState, Output } from "../core/state.ts"
import { BadFrame, RequestFailed } from "../errors.ts"
import type { Event } from "../events.ts"
import { isOver, type Session } from "../sessions/session.ts"
import { sleep } from "../sleep.ts"
import { Connection, type Ending } from "./connection.ts"
import { Edges } from "./edges.ts"
import { learn } from "./learning.ts"
import { Pulse } from "./pulse.ts"

const RECONNECT = new Backoff(0.5, 20, 0)
/** A socket that lived so long was a good one: the next failure is the first again. */
const STEADY_SECONDS = 10
const CONNECT_SECONDS = 10

const AUTHENTICATE = 4401
/** Bad frame, replaced, too large: who comes back unchanged is closed again. */
const TERMINAL: readonly (number | null)[] = [4400, 4409, 4413]

interface Setup {
  session: Session
  device: string
  state: ClientState
  random: Random
  WebSocket: typeof WebSocket
  tell: (events: readonly Event[]) => void
}

export class Engine {
  private readonly edges: Edges
  private readonly stopped = new AbortController()
  private connection: Connection | null = null
  private pulse: Pulse | null = null
  private timer: ReturnType<typeof setTimeout> | undefined
  /** When the socket became connected. */
  private since: number | null = null
  /** Why coming back would not help. */
  private over: string | null = null
  private pausing: AbortController | null = null
  private learning = false

  constructor(private readonly setup: Setup) {
    this.edges = new Edges(setup.session.rest)
  }

  get isStopped(): boolean {
    return this.stopped.signal.aborted
  }

  start(): void {
    void this.stayConnected()
    void this.staySignedIn()
  }

  /** Stop for good. */
  stop(reason: string, code: number | null): void {
    if (this.isStopped) return
    this.stopped.abort(new Error(reason))
    this.pausing?.abort()
    this.connection?.giveUp(reason)
    this.setup.state.disconnected()
    clearTimeout(this.timer)
    this.setup.tell([{ event: "disconnected", reason, retry_in: null, code }])
  }

  /** Reconnect at once if it waits; make sure of the socket if there is one. */
  tryNow(): void {
    this.pausing?.abort()
    this.pulse?.doubt()
  }

  /** The network is gone. */
  lost(): void {
    this.connection?.giveUp("offline")
  }

  /** Send what is to be sent, if there is a socket, and tell what is to be told. */
  do({ frames, events }: Output): void {
    this.connection?.send(frames)
    if (frames.some((frame) => "id" in frame)) this.pulse?.waiting()
    this.setup.tell(events)
    this.plan()
  }

  /** Call the core when the next thing it has planned is due. */
  private plan(): void {
    clearTimeout(this.timer)
    const due = this.setup.state.nextDue()
    if (this.isStopped || due === Number.POSITIVE_INFINITY) return
    this.timer = setTimeout(() => this.do(this.setup.state.tick(now())), Math.max(0, due - now()) * 1000)
  }

  private async stayConnected(): Promise<void> {
    let tries = 0
    while (!this.isStopped) {
      const token = this.setup.session.token()
      const ending = await this.oneSocket(token)
      tries = this.since !== null && now() - this.since > STEADY_SECONDS ? 0 : tries + 1
      this.since = null
      this.setup.state.disconnected()
      this.plan()
      const over = this.isStopped ? null : await this.consider(ending, token)
      if (over !== null) this.stop(over, ending.code)
      if (this.isStopped) return
      await this.pause(ending, Math.max(RECONNECT.wait(tries, this.setup.random), ending.retry_after ?? 0))
    }
  }

  private async pause({ reason, code }: Ending, seconds: number): Promise<void> {
    const pausing = new AbortController()
    this.pausing = pausing
    this.setup.tell([{ event: "disconnected", reason, retry_in: seconds, code }])
    await sleep(seconds, pausing.signal).catch(() => undefined)
    this.pausing = null
  }

  /** Whether to come back: why not, or null. */
  private async consider({ reason, code }: Ending, token: string): Promise<string | null> {
    if (this.over !== null) return this.over
    if (TERMINAL.includes(code)) return reason
    if (code !== AUTHENTICATE) return null
    const { session, tell } = this.setup
    try {
      await session.renew(token)
      return null
    } catch (error) {
      if (!isOver(error)) return null
      const { conversation } = session
      const ended = conversation !== undefined && error instanceof RequestFailed && error.code === "not_found"
      if (ended) tell([{ event: "ended", conversation, by: "" }])
      return ended ? "the chat has ended" : "signed out"
    }
  }

  /** Live on one socket; returns why it ended. */
  private async oneSocket(token: string): Promise<Ending> {
    try {
      const url = await this.edges.next()
      if (this.isStopped) return { reason: "stopped", code: null }
      this.setup.tell([{ event: "connecting", url }])
      return await this.liveOn(url, token)
    } catch (error) {
      return failed(error)
    } finally {
      this.connection = null
      this.pulse?.stop()
      this.pulse = null
    }
  }

  private liveOn(url: string, token: string): Promise<Ending> {
    const { state, device, WebSocket: Socket } = this.setup
    return new Promise((resolve) => {
      let answering: ReturnType<typeof setTimeout>
      const connection = new Connection(url, Socket, {
        opened: () => {
          connection.send([state.connectFrame(token, device)])
          answering = setTimeout(() => {
            if (!state.connected) connection.giveUp("the server does not answer `connect`")
          }, CONNECT_SECONDS * 1000)
        },
        heard: (frame) => this.hear(frame, connection),
        ended: (ending) => {
          clearTimeout(answering)
          resolve(ending)
        },
      })
      this.connection = connection
    })
  }

  private hear(frame: Frame, connection: Connection): void {
    const { state } = this.setup
    this.pulse?.heard()
    try {
      const output = state.receive(frame, now())
      if (state.connected && this.pulse === null) this.began(connection)
      for (const event of output.events) this.note(event)
      this.do(output)
    } catch (error) {
      connection.giveUp(error instanceof BadFrame ? error.message : "a frame that nothing could be made of")
      if (!(error instanceof BadFrame)) throw error
    }
    if (this.over !== null) this.stop(this.over, AUTHENTICATE)
  }

  private began(connection: Connection): void {
    this.since = now()
    this.pulse = new Pulse(this.edges.heartbeat, now, {
      ask: () => connection.send([{ type: "sync", id: newId(), cursors: {} }]),
      dead: () => connection.giveUp("the server is silent"),
    })
  }

  private note(event: Event): void {
    if (event.event === "signed_out") this.over = "signed out"
    else if (event.event === "ended") this.over = "the chat has ended"
    else if (event.event === "connected" && event.more && !this.learning) {
      this.learning = true
      const { session, state, random } = this.setup
      void learn(session.rest, random, this.stopped.signal, (found) => this.do(state.learn(found, now())))
    }
  }

  private async staySignedIn(): Promise<void> {
    const { session, state } = this.setup
    const { signal } = this.stopped
    try {
      for (;;) {
        await session.nextToken(signal)
        if (signal.aborted) return
        this.do(state.refresh(session.token()))
      }
    } catch {
      this.stop("signed out", AUTHENTICATE)
    }
  }
}

function failed(error: unknown): Ending {
  if (!(error instanceof RequestFailed))
    return { reason: error instanceof Error ? error.message : String(error), code: null }
  const { message, status, retry_after } = error
  return {
    reason: message,
    code: status === 401 ? AUTHENTICATE : null,
    ...(retry_after !== undefined && { retry_after }),
  }
}

function now(): number {
  return performance.now() / 1000
}

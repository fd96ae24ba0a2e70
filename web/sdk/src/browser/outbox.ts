/** Commands that survive a reload, in the browser's storage. */
import { OutboxFull } from "../errors.ts"
import type { Command } from "../events.ts"
import { sleep } from "../sleep.ts"
import { deviceLock } from "./device.ts"
import { ifFree, lockManager, released } from "./locks.ts"
import { localStore, tabStore } from "./storage.ts"

/** Where a client keeps its commands: what the user has seen as "sending" is there. All of it at once, no promises. */
export interface OutboxStore {
  /** What is there, in the order in which it was put. */
  load(): Command[]
  /** Keep a command, in place when it is there already. Throws OutboxFull. */
  put(command: Command): void
  remove(id: string): void
  /** Tell of commands that were left behind by others and are this one's now; returns how to stop that. */
  adopt?(take: (commands: Command[]) => void): () => void
  /** Leave nothing of this user. */
  wipe?(): void
}

const PREFIX = "parley.outbox."
const DIGITS = 12
/** A tab that reloads is back within so long: what it left is its own again. */
const RELOAD_SECONDS = 10

interface Owner {
  user: string
  device: string
  /** A seat's commands go when its tab is closed: nothing of an ephemeral chat is to stay on this device. */
  seat?: boolean
}

/**
 * One key for each command, namespaced by user and device; it is written before the command is sent. What tabs that are
 * gone (nobody holds their lock) left behind is adopted: at the beginning, and when another tab goes later. The same
 * command in two tabs does no harm: the server knows it by its id. Without any storage it keeps nothing.
 */
export class BrowserOutbox implements OutboxStore {
  private readonly keys = new Map<string, string>()
  private next = 1

  private constructor(
    private readonly store: Storage | null,
    private readonly user: string,
    private readonly device: string,
  ) {}

  static async open({ user, device, seat = false }: Owner): Promise<BrowserOutbox> {
    const outbox = new BrowserOutbox(seat ? tabStore() : localStore(), user, device)
    for (const other of outbox.others()) await outbox.inherit(other)
    return outbox
  }

  /** Leave nothing of any seat that this tab was in. */
  static forgetSeats(): void {
    const store = tabStore()
    if (store !== null) for (const key of keysOf(store, PREFIX)) store.removeItem(key)
  }

  load(): Command[] {
    const found: Command[] = []
    for (const key of this.own(this.device)) {
      const command = read(this.store?.getItem(key))
      if (command === null) this.store?.removeItem(key)
      else if (!this.keys.has(command.id) || this.keys.get(command.id) === key) {
        this.keys.set(command.id, key)
        found.push(command)
      }
    }
    return found
  }

  put(command: Command): void {
    const key = this.keys.get(command.id) ?? this.key(this.number())
    try {
      this.store?.setItem(key, JSON.stringify(command))
    } catch (error) {
      throw new OutboxFull("the browser's storage is full", { cause: error })
    }
    this.keys.set(command.id, key)
  }

  remove(id: string): void {
    const key = this.keys.get(id)
    this.keys.delete(id)
    if (key !== undefined) this.store?.removeItem(key)
  }

  adopt(take: (commands: Command[]) => void): () => void {
    const stopped = new AbortController()
    const watched = new Set<string>()
    const watch = () => {
      for (const other of this.others()) {
        if (watched.has(other)) continue
        watched.add(other)
        void this.outlive(other, take, stopped.signal).finally(() => watched.delete(other))
      }
    }
    watch()
    // Another tab has begun to keep something.
    const noticed = ({ key }: StorageEvent) => key?.startsWith(this.prefix()) && watch()
    globalThis.addEventListener?.("storage", noticed)
    stopped.signal.addEventListener("abort", () => globalThis.removeEventListener?.("storage", noticed))
    return () => stopped.abort()
  }

  wipe(): void {
    if (this.store !== null) for (const key of keysOf(this.store, this.prefix())) this.store.removeItem(key)
    this.keys.clear()
  }

  /** Take over from another tab when it goes; one that only reloads goes on being watched. */
  private async outlive(other: string, take: (commands: Command[]) => void, stop: AbortSignal): Promise<void> {
    const locks = lockManager()
    while (locks !== null && this.others().includes(other)) {
      if (!(await released(locks, deviceLock(other), stop))) return
      await sleep(RELOAD_SECONDS, stop).catch(() => undefined)
      if (stop.aborted) return
      const before = new Set(this.keys.keys())
      await this.inherit(other)
      const adopted = this.load().filter((command) => !before.has(command.id))
      if (adopted.length > 0) take(adopted)
    }
  }

  /** Make another device's commands this one's, if its tab is gone. */
  private async inherit(other: string): Promise<void> {
    const locks = lockManager()
    const move = () => {
      for (const key of this.own(other)) {
        const command = read(this.store?.getItem(key))
        if (command !== null && !this.keys.has(command.id)) this.put(command)
        this.store?.removeItem(key)
      }
    }
    if (locks === null) move()
    else await ifFree(locks, deviceLock(other), move)
  }

  /** The other devices that this user's commands were left by. */
  private others(): string[] {
    const keys = this.store === null ? [] : keysOf(this.store, this.prefix())
    const devices = keys.map((key) => key.slice(this.prefix().length, -(DIGITS + 1)))
    return [...new Set(devices)].filter((device) => device !== this.device)
  }

  private own(device: string): string[] {
    return this.store === null ? [] : keysOf(this.store, `${this.prefix()}${device}.`)
  }

  private prefix(): string {
    return `${PREFIX}${this.user}.`
  }

  private key(number: number): string {
    return `${this.prefix()}${this.device}.${String(number).padStart(DIGITS, "0")}`
  }

  /** Greater than any that is there. */
  private number(): number {
    const last = this.own(this.device).at(-1)
    this.next = Math.max(this.next, last === undefined ? 1 : Number(last.slice(-DIGITS)) + 1)
    return this.next++
  }
}

/** In order. */
function keysOf(store: Storage, prefix: string): string[] {
  return Object.keys(store)
    .filter((key) => key.startsWith(prefix))
    .sort()
}

function read(text: string | null | undefined): Command | null {
  try {
    const found: unknown = JSON.parse(text ?? "null")
    return isCommand(found) ? found : null
  } catch {
    return null
  }
}

function isCommand(found: unknown): found is Command {
  if (typeof found !== "object" || found === null) return false
  const fields = new Map<string, unknown>(Object.entries(found))
  const texts = ["id", "kind", "conversation", "created_at"].map((name) => fields.get(name))
  return texts.every((text) => typeof text === "string") && typeof fields.get("given") === "object"
}

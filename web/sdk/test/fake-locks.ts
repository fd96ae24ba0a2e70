/** Web Locks of an origin with several tabs, each of which may go at any time. */

type Callback = (lock: Lock | null) => unknown
type Options = { ifAvailable?: boolean; signal?: AbortSignal }

interface Waiting {
  tab: Tab
  callback: Callback
  resolve: (value: unknown) => void
  reject: (error: unknown) => void
}

export class Origin {
  readonly held = new Map<string, Tab>()
  readonly queues = new Map<string, Waiting[]>()

  tab(): Tab {
    return new Tab(this)
  }

  grant(name: string): void {
    if (this.held.has(name)) return
    const next = this.queues.get(name)?.shift()
    if (next === undefined) return
    this.run(name, next)
  }

  run(name: string, { tab, callback, resolve, reject }: Waiting): void {
    this.held.set(name, tab)
    const free = () => {
      if (this.held.get(name) === tab) this.held.delete(name)
      this.grant(name)
    }
    Promise.resolve()
      .then(() => callback({ name, mode: "exclusive" }))
      .then(resolve, reject)
      .finally(free)
  }
}

export class Tab {
  constructor(private readonly origin: Origin) {}

  /** As `navigator.locks`. */
  get locks(): LockManager {
    return this as unknown as LockManager
  }

  request(name: string, given: Options | Callback, callback?: Callback): Promise<unknown> {
    const options = typeof given === "function" ? {} : given
    const act = typeof given === "function" ? given : callback
    return new Promise((resolve, reject) => {
      if (act === undefined) throw new TypeError("no callback")
      options.signal?.throwIfAborted()
      const waiting = { tab: this, callback: act, resolve, reject }
      if (!this.origin.held.has(name)) this.origin.run(name, waiting)
      else if (options.ifAvailable) Promise.resolve(act(null)).then(resolve, reject)
      else {
        const queue = this.origin.queues.get(name) ?? []
        this.origin.queues.set(name, queue)
        queue.push(waiting)
        options.signal?.addEventListener("abort", () => {
          if (!queue.includes(waiting)) return
          queue.splice(queue.indexOf(waiting), 1)
          reject(options.signal?.reason)
        })
      }
    })
  }

  /** The tab is closed. */
  goes(): void {
    for (const queue of this.origin.queues.values())
      for (const waiting of queue.filter((one) => one.tab === this)) queue.splice(queue.indexOf(waiting), 1)
    for (const [name, tab] of [...this.origin.held]) {
      if (tab !== this) continue
      this.origin.held.delete(name)
      this.origin.grant(name)
    }
  }
}

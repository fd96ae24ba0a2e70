/** Commands that were refused for good, whose text the user may still want. */
import type { OutboxStore } from "../browser/outbox.ts"
import type { Sent } from "../events.ts"

/** More than anybody looks at. */
const LIMIT = 100

/** At most so many; the oldest go first. They survive a reload as the rest of the outbox does. */
export class Refusals {
  private readonly kept = new Map<string, Sent>()

  constructor(private readonly outbox: OutboxStore | null) {}

  get all(): Sent[] {
    return [...this.kept.values()]
  }

  get(id: string): Sent | undefined {
    return this.kept.get(id)
  }

  /** Whether the user wrote something that would be lost. */
  worthKeeping(sent: Sent): boolean {
    return sent.kind === "message" || sent.kind === "edit"
  }

  keep(sent: Sent): void {
    const { id, kind, conversation, given, created_at, error } = sent
    this.kept.set(id, sent)
    this.store({ id, kind, conversation, given, created_at, ...(error && { error }) })
    for (const oldest of this.kept.keys()) {
      if (this.kept.size <= LIMIT) break
      this.discard(oldest)
    }
  }

  discard(id: string): void {
    if (this.kept.delete(id)) this.outbox?.remove(id)
  }

  clear(): void {
    this.kept.clear()
  }

  private store(command: Parameters<OutboxStore["put"]>[0]): void {
    try {
      this.outbox?.put(command)
    } catch {
      // The storage is full: it stays there as it was, and is sent and refused once more after a reload.
    }
  }
}

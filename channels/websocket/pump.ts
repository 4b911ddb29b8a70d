import type { ServerFrame } from "../contract.ts";
import { backoff } from "./backoff.ts";
import type { InboxPage } from "./ports.ts";

export interface PumpDeps {
  /** The position that `hello` told; the live flow begins after it. */
  start: number;
  pageSize: number;
  read(after: number, limit: number): Promise<InboxPage>;
  /** The last number drawn; every change stamped at or below it can be read. */
  latest(): Promise<number>;
  send(frame: ServerFrame): void;
  /** Resolves when the socket takes more. */
  writable(): Promise<void>;
  onFailure(error: unknown): void;
  /** Called when a resume goes back to `seq`. */
  onRewind(seq: number): void;
  signal: AbortSignal;
}

/**
 * Sends an inbox's changes over one socket, in order. A hint only says that there is something to read: the pump
 * reads from PostgreSQL after the last position, so hints may be lost, repeated or come in any order.
 */
export interface Pump {
  /** The last number the client was told of. */
  told(): number;
  /** Looks for changes; a call with a `seq` that the pump has passed is ignored. */
  poke(seq?: number): void;
  /** Goes back to `after`, sends every change stamped after it, then `resumed`. A later call replaces an unfinished one. */
  resume(after: number): void;
  /** Compares the position with the store's. @returns true when a change had gone unnoticed */
  check(): Promise<boolean>;
}

export function createPump(deps: PumpDeps): Pump {
  const { pageSize, signal } = deps;
  let position = deps.start;
  let told = deps.start;
  /** Everything up to here is committed: when nothing is left to read, the position may move up to it. */
  let floor = deps.start;
  let dirty = false;
  let asked: number | null = null;
  /** The resume under way, by its `after`. */
  let resuming: number | null = null;
  let running = false;

  async function run(): Promise<void> {
    if (running) return;
    running = true;
    for (let failures = 0; !signal.aborted && (dirty || resuming !== null || asked !== null);) {
      try {
        if (asked !== null) await rewind(asked);
        else await step();
        failures = 0;
      } catch (error) {
        deps.onFailure(error);
        dirty = true;
        await backoff(++failures, signal);
      }
    }
    running = false;
  }

  async function rewind(after: number): Promise<void> {
    const latest = await deps.latest();
    if (asked !== after) return;
    asked = null;
    resuming = after;
    floor = latest;
    position = told = Math.min(after, latest);
    deps.onRewind(position);
  }

  async function step(): Promise<void> {
    dirty = false;
    const { changes, counts } = await deps.read(position, pageSize);
    for (const notification of changes) {
      if (signal.aborted || asked !== null) return;
      if (notification.seq <= position) continue;
      // Numbers left out were superseded; saying so spares the client a resume.
      if (resuming === null && notification.seq > told + 1)
        deps.send({ type: "resumed", seq: notification.seq - 1, after: told });
      const { seq } = notification;
      const isLast = notification === changes.at(-1);
      deps.send({ type: "notification", seq, notification, ...(isLast ? { counts } : {}) });
      position = told = notification.seq;
      await deps.writable();
    }
    if (changes.length >= pageSize) {
      dirty = true;
      return;
    }
    if (asked !== null) return;
    position = Math.max(position, floor);
    if (resuming === null) return;
    const after = resuming;
    resuming = null;
    told = position;
    deps.send({ type: "resumed", seq: position, after });
  }

  return {
    told: () => told,
    poke(seq) {
      if (seq !== undefined && seq <= position) return;
      dirty = true;
      void run();
    },
    resume(after) {
      asked = after;
      void run();
    },
    async check() {
      const latest = await deps.latest();
      if (latest <= position || running) return false;
      floor = Math.max(floor, latest);
      dirty = true;
      void run();
      return true;
    },
  };
}

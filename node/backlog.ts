import type { Knex } from "knex";
import type { Logger } from "../config/log.ts";
import { claimBulk } from "../store/notifications/outbox.ts";
import type { Gate } from "./precedence.ts";
import type { Starter } from "./starter.ts";

/** How often a node looks for what came in bulk, unless told that some came; ms. */
const EVERY = 500;

export interface Backlog {
  /** Some came. */
  poke(): void;
  stop(): Promise<void>;
}

/**
 * Starts the workflows of what came in bulk, no faster than they are worked off: the queue is in PostgreSQL, where the
 * territories take turns, and Temporal holds the head of it. Any number of nodes may run it.
 */
export function startBacklog({
  knex,
  starter,
  starts,
  log,
}: {
  knex: Knex;
  starter: Starter;
  starts: Gate;
  log: Logger;
}): Backlog {
  let stopped = false;
  let running: Promise<void> | null = null;

  const round = async (): Promise<void> => {
    if (starter.state() === "down") return;
    for (const { id, lane, kind } of await claimBulk(knex)) {
      if (stopped) return;
      await starts.inTurn("bulk", () =>
        kind === "broadcast" ? starter.startBroadcast(id) : starter.start(id, lane),
      );
    }
  };
  const tick = (): void => {
    running ??= round()
      .catch((err: unknown) => log.warn({ err }, "what came in bulk could not be started"))
      .finally(() => (running = null));
  };
  const timer = setInterval(tick, EVERY);
  return {
    poke: tick,
    stop: async () => {
      stopped = true;
      clearInterval(timer);
      await running;
    },
  };
}

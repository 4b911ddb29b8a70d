import type { Knex } from "knex";
import type { Logger } from "../config/log.ts";
import { claimBulk, giveBack } from "../store/notifications/outbox.ts";
import { countRefused } from "../store/notifications/troubles.ts";
import { every, type Loop } from "./every.ts";
import type { Gate } from "./precedence.ts";
import type { Metrics } from "./metrics.ts";
import { type Starter, startWorkflow } from "./starter.ts";

/** How often a node looks for sends that came in bulk, unless it is poked because some came; ms. */
const EVERY = 500;

/**
 * Starts the workflows of sends that came in bulk, no faster than workflows end: the queue is in PostgreSQL, where the
 * territories take turns, and Temporal holds only its head. Any number of nodes may run it.
 */
export function startBacklog({
  knex,
  starter,
  starts,
  metrics,
  log,
}: {
  knex: Knex;
  starter: Starter;
  starts: Gate;
  metrics: Pick<Metrics, "loopFailed">;
  log: Logger;
}): Loop {
  return every(
    EVERY,
    async (stopping) => {
      if (starter.state() === "down") return;
      const refused: string[] = [];
      for (const send of await claimBulk(knex)) {
        const started =
          !stopping.aborted && (await starts.inTurn("bulk", () => startWorkflow(starter, send)));
        if (!started) refused.push(send.id);
      }
      // Else a Temporal that paused for a moment would cost each of them the whole lease.
      if (refused.length > 0) await giveBack(knex, refused);
      if (!stopping.aborted && starter.state() === "up") await countRefused(knex, refused);
    },
    (err) => {
      metrics.loopFailed("backlog");
      log.warn({ err }, "sends that came in bulk could not be started");
    },
  );
}

import type { Knex } from "knex";
import type { Logger } from "../config/log.ts";
import { claimBulk, findBulks, giveBack } from "../store/notifications/outbox.ts";
import { countRefused } from "../store/notifications/troubles.ts";
import { every, type Loop } from "./every.ts";
import type { Gate } from "./precedence.ts";
import type { Metrics } from "./metrics.ts";
import { againOf, type Starter, startWorkflow } from "./starter.ts";

/** How often a node looks for sends that came in bulk, unless it is poked because some came; ms. */
const EVERY = 500;

/**
 * Starts what brings sends in bulk into inboxes: a workflow for each territory to which some came, and one for each send that no page takes,
 * no faster than those end. The queue is in PostgreSQL, where the territories take turns. Any number of nodes may run it.
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
      for (const { territory, stuck } of await findBulks(knex)) {
        if (stopping.aborted) return;
        await starts.inTurn("bulk", () => starter.startBulk(territory, stuck ? "over" : "again"));
      }
      const refused: string[] = [];
      for (const send of await claimBulk(knex)) {
        const started =
          !stopping.aborted &&
          (await starts.inTurn("bulk", () => startWorkflow(starter, send, againOf(send))));
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

import type { Knex } from "knex";
import type { Logger } from "../config/log.ts";
import { dropExamples, findLimits, type Limit, mayHaveMore, shred } from "../store/crypto/retention.ts";
import { isAway } from "../store/db/knex.ts";
import { forgetTroubles } from "../store/notifications/troubles.ts";
import { every, type Loop } from "./every.ts";
import type { Metrics } from "./metrics.ts";

/** Retention is counted in days, so a few minutes are soon enough; ms. */
const EVERY = 600_000;
const FIRST = 5_000;

/** Destroys originals whose territory no longer keeps them. Any number of nodes may run it. */
export function startShredder({
  knex,
  metrics,
  log,
}: {
  knex: Knex;
  metrics: Pick<Metrics, "loopFailed">;
  log: Logger;
}): Loop {
  const shredAll = async (limit: Limit, stopping: AbortSignal): Promise<number> => {
    await dropExamples(knex, limit);
    for (let total = 0; ;) {
      const shredded = await shred(knex, limit);
      total += shredded;
      if (stopping.aborted || !mayHaveMore(shredded)) return total;
    }
  };
  const round = async (stopping: AbortSignal): Promise<void> => {
    await forgetTroubles(knex);
    let total = 0;
    for (const limit of await findLimits(knex)) {
      try {
        total += await shredAll(limit, stopping);
      } catch (err) {
        if (isAway(err)) throw err;
        // The other territories' go on; this one's are tried again in the next round.
        metrics.loopFailed("shredder");
        log.error(
          { err, territoryId: limit.territoryId },
          "a territory's originals could not be destroyed in time",
        );
      }
    }
    if (total > 0) log.info({ originals: total }, "destroyed originals whose time was over");
  };
  const failed = (err: unknown): void => {
    metrics.loopFailed("shredder");
    log.warn({ err }, "originals could not be destroyed");
  };
  return every(EVERY, round, failed, FIRST);
}

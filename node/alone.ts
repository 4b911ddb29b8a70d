import type { Knex } from "knex";
import { failureCode } from "../config/failure-code.ts";
import type { Logger } from "../config/log.ts";
import { isAway } from "../store/db/knex.ts";
import { countFailure, MOST_FAILURES, type Work } from "../store/notifications/troubles.ts";

/**
 * Works on a loop's items, each by itself: one that fails holds up no other, is put off for longer each time, and is
 * parked after it has failed again and again.
 */
export type Alone = (kind: Work, ids: string[], work: (id: string) => Promise<unknown>) => Promise<void>;

export function createAlone(knex: Knex, log: Logger): Alone {
  return async (kind, ids, work) => {
    for (const id of ids) {
      try {
        await work(id);
      } catch (err) {
        // PostgreSQL failed, not this item: the loop's next round tries it again. One that always takes too long, or meets others'
        // locks each time, fails of its own.
        if (isAway(err)) throw err;
        const { failures, parked } = await countFailure(knex, kind, id, failureCode(err));
        if (parked)
          log.error(
            { err, id, kind },
            "parked: it failed again and again, and is not tried until somebody asks for it",
          );
        else if (failures >= MOST_FAILURES)
          log.error({ err, id, kind, failures }, "it fails again and again");
        else log.warn({ err, id, kind }, "one item of a loop failed; the others go on");
      }
    }
  };
}

import type { Knex } from "knex";
import type { Logger } from "../config/log.ts";
import { dropExamples, findLimits, mayHaveMore, shred } from "../store/crypto/retention.ts";
import { every, type Loop } from "./every.ts";

/** Retention is counted in days, so a few minutes are soon enough; ms. */
const EVERY = 600_000;
const FIRST = 5_000;

/** Destroys originals whose territory no longer keeps them. Any number of nodes may run it. */
export function startShredder({ knex, log }: { knex: Knex; log: Logger }): Loop {
  const round = async (stopping: AbortSignal): Promise<void> => {
    let total = 0;
    for (const limit of await findLimits(knex)) {
      await dropExamples(knex, limit);
      let shredded: number;
      do {
        shredded = await shred(knex, limit);
        total += shredded;
      } while (!stopping.aborted && mayHaveMore(shredded));
    }
    if (total > 0) log.info({ originals: total }, "destroyed originals whose time was over");
  };
  return every(EVERY, round, (err) => log.warn({ err }, "originals could not be destroyed"), FIRST);
}

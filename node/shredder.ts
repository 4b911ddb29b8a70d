import type { Knex } from "knex";
import type { Logger } from "../config/log.ts";
import { findLimits, mayHaveMore, shred } from "../store/crypto/retention.ts";

/** Retention counts in days: minutes are soon enough; ms. */
const EVERY = 600_000;
const FIRST = 5_000;

/** Destroys originals whose territory no longer keeps them. Any number of nodes may run it. */
export function startShredder({ knex, log }: { knex: Knex; log: Logger }): { stop(): Promise<void> } {
  let stopped = false;
  let running = Promise.resolve();

  const round = async (): Promise<void> => {
    let total = 0;
    for (const limit of await findLimits(knex)) {
      let shredded: number;
      do {
        shredded = await shred(knex, limit);
        total += shredded;
      } while (!stopped && mayHaveMore(shredded));
    }
    if (total > 0) log.info({ originals: total }, "destroyed originals whose time was over");
  };
  const tick = (): void => {
    running = round().catch((err: unknown) => log.warn({ err }, "originals could not be destroyed"));
    void running.then(() => {
      if (!stopped) timer = setTimeout(tick, EVERY * (0.75 + Math.random() / 2));
    });
  };
  let timer = setTimeout(tick, FIRST * Math.random());

  return {
    stop: async () => {
      stopped = true;
      clearTimeout(timer);
      await running;
    },
  };
}

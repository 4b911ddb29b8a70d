import type { Knex } from "knex";
import { createDeriver } from "../node/webhooks/deriver.ts";
import { derive, lookAhead } from "../store/webhooks/derive.ts";
import { until } from "./until.ts";

const never = new AbortController().signal;

/** A round of one node, which may find that a transaction of before goes on. */
export async function readTimelines(knex: Knex, batch?: number): Promise<void> {
  const deriver = createDeriver({
    lookAhead: () => lookAhead(knex),
    derive: (horizon) => derive(knex, horizon, batch),
    onEvents: () => undefined,
  });
  await deriver.round(never);
}

/** Rounds until nothing is left: other databases' transactions hold a horizon up too. */
export const readAllTimelines = (knex: Knex): Promise<true> =>
  until("timelines are read", async () => {
    await readTimelines(knex);
    return (await lookAhead(knex)) === null;
  });

import type { Knex } from "knex";
import { within } from "../../config/within.ts";

/** How long PostgreSQL may take to tell the time; ms. */
const PATIENCE = 1_000;

/** How far this machine's clock may be off; ms. */
export const MOST_SKEW = 2_000;

/** The time by PostgreSQL's clock, which decides what is due: nodes' clocks differ. */
export async function nowOf(knex: Knex): Promise<Date> {
  const { rows } = await knex.raw<{ rows: [{ now: Date }] }>("SELECT clock_timestamp() AS now");
  return rows[0].now;
}

/** How far this machine's clock is ahead of PostgreSQL's, ms; null while that does not answer. */
export async function skewOf(knex: Knex): Promise<number | null> {
  const asked = Date.now();
  const query = knex.raw("SELECT clock_timestamp() AS now").then(
    ({ rows }) => (asked + Date.now()) / 2 - rows[0].now.getTime(),
    () => null,
  );
  return await within(query, PATIENCE, () => null);
}

import type { Knex } from "knex";
import { actAs } from "../db/knex.ts";
import { countUnanswered } from "./unanswered.ts";

/** The state of an installation's notifications, in numbers alone. */
export interface State {
  /** Age of the oldest send of a lane that is due and in no inbox yet; s. */
  oldestUnpersisted: Record<string, number>;
  /** How many such sends a lane has. */
  unpersisted: Record<string, number>;
  /** Steps of alerts that were due 5 s ago and are not taken. */
  overdueSteps: number;
  /** Alerts that wait for an acknowledgement, by their state. */
  unanswered: { waiting: number; exhausted: number; unreached: number };
  /** Items that a loop has given up on. */
  parked: number;
}

/** Reads the state as the relay, which sees ids and times alone. */
export async function readState(knex: Knex): Promise<State> {
  return await actAs(knex, "relay", async (trx) => {
    const ages: { rows: { lane: string; age: number; count: number }[] } = await trx.raw(
      `SELECT lane, count(*) AS count, extract(epoch FROM now() - min(greatest(created_at, send_at)))::float AS age FROM sends
       WHERE status = 'accepted' AND coalesce(send_at, created_at) <= now() GROUP BY lane`,
    );
    const counts: { rows: { overdue: number; parked: number }[] } = await trx.raw(
      `SELECT (SELECT count(*) FROM notifications WHERE next_step_at < now() - interval '5 seconds') AS overdue,
         (SELECT count(*) FROM troubles WHERE parked_at IS NOT NULL) AS parked`,
    );
    const [{ overdue, parked } = { overdue: 0, parked: 0 }] = counts.rows;
    const unanswered = { waiting: 0, exhausted: 0, unreached: 0 };
    for (const count of await countUnanswered(trx, null))
      for (const state of ["waiting", "exhausted", "unreached"] as const) unanswered[state] += count[state];
    const oldestUnpersisted = Object.fromEntries(ages.rows.map(({ lane, age }) => [lane, age]));
    const unpersisted = Object.fromEntries(ages.rows.map(({ lane, count }) => [lane, count]));
    return { oldestUnpersisted, unpersisted, overdueSteps: overdue, unanswered, parked };
  });
}

import type { Knex } from "knex";
import type { SignedInPerson } from "../../store/people/sessions.ts";
import { grouped, territoriesOf } from "./groups.ts";
import { readByMonth } from "./months.ts";
import type { Range, VolumeRow } from "./schema.ts";

/**
 * How many deliveries of supervised territories there were by each channel, and how they ended. The index of the territories' deliveries in
 * the order of time serves it: what it reads is what it counts.
 * @throws Problem 403 for anybody who does not supervise the territory, or any
 */
export function createVolumeReport(knex: Knex) {
  return async (person: SignedInPerson, query: Range): Promise<VolumeRow[]> => {
    const months = await readByMonth(knex, person, query, async (trx, { from, to }) => {
      const territories = await territoriesOf(trx, person.userId, query.territory);
      const { rows } = await trx.raw<{ rows: VolumeRow[] }>(
        `SELECT channel, CASE WHEN status = 'skipped' AND reason = 'offline' THEN 'offline' ELSE status END AS outcome,
           count(*)::int AS deliveries
         FROM deliveries
         WHERE territory_id = ANY (:territories) AND created_at >= :from AND created_at < :to
         GROUP BY 1, 2`,
        { territories, from, to },
      );
      return rows;
    });
    return grouped(months, ({ channel, outcome }) => `${channel} ${outcome}`).map(([first, ...rest]) => ({
      ...first,
      deliveries: rest.reduce((sum, { deliveries }) => sum + deliveries, first.deliveries),
    }));
  };
}

import type { Knex } from "knex";
import { actAs } from "../../store/db/knex.ts";
import type { SignedInPerson } from "../../store/people/sessions.ts";
import { territoriesOf } from "./groups.ts";
import type { Range, VolumeRow } from "./schema.ts";

/**
 * How many deliveries of supervised territories there were by each channel, and how they ended. The index of the territories' deliveries in
 * the order of time serves it: what it reads is what it counts.
 * @throws Problem 403 for anybody who does not supervise the territory, or any
 */
export function createVolumeReport(knex: Knex) {
  return ({ userId }: SignedInPerson, { territory, from, to }: Range): Promise<VolumeRow[]> =>
    actAs(knex, `user:${userId}`, async (trx) => {
      const territories = await territoriesOf(trx, userId, territory);
      const { rows } = await trx.raw(
        `SELECT channel, CASE WHEN status = 'skipped' AND reason = 'offline' THEN 'offline' ELSE status END AS outcome,
           count(*)::int AS deliveries
         FROM deliveries
         WHERE territory_id = ANY (:territories) AND created_at >= :from AND created_at < :to
         GROUP BY 1, 2 ORDER BY 1, 2`,
        { territories, from, to },
      );
      return rows;
    });
}

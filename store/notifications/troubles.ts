import type { Knex } from "knex";
import { actAs } from "../db/knex.ts";

/** The kind of work that a loop does on each of its items. */
export type Work = "arrive" | "expire" | "close" | "count" | "step";

/** Failures of its own after which an item is parked. */
const MOST_FAILURES = 10;

/**
 * Counts a failure of one item, where neither PostgreSQL nor another item failed.
 * @param code of the error; never its text
 * @returns how often it has failed by now, and whether it is parked from now on
 */
export async function countFailure(
  knex: Knex,
  kind: Work,
  id: string,
  code: string,
): Promise<{ failures: number; parked: boolean }> {
  return await actAs(knex, "relay", async (trx) => {
    const { rows } = await trx.raw(
      `INSERT INTO troubles (kind, id, code) VALUES (:kind, :id, :code)
       ON CONFLICT (kind, id) DO UPDATE SET failures = troubles.failures + 1, code = excluded.code,
         parked_at = CASE WHEN troubles.failures + 1 >= :most THEN coalesce(troubles.parked_at, now()) END
       RETURNING failures, parked_at`,
      { kind, id, code, most: MOST_FAILURES },
    );
    return { failures: rows[0].failures, parked: rows[0].parked_at !== null };
  });
}

/** SQL that leaves out items that are parked, where `id` is the column of their id. */
export const notParked = (kind: Work, id: string): string =>
  `NOT EXISTS (SELECT FROM troubles WHERE troubles.kind = '${kind}' AND troubles.id = ${id} AND parked_at IS NOT NULL)`;

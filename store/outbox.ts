import type { Knex } from "knex";
import { actAs } from "./knex.ts";

/** Notifications with work left, whose workflow may not be running. */
export interface Unstarted {
  id: string;
  /** How often it has been tried before. */
  attempts: number;
}

/** Rows claimed at once, and for how long another relay leaves them alone; the wait doubles with each attempt. */
const BATCH = 100;
const MAX_BACKOFF = "15 seconds";

/**
 * Claims accepted sends that were not persisted in time. The claim is committed before anything is started: a relay
 * that dies, or two that run at once, do no harm.
 */
export function claimUnpersisted(knex: Knex): Promise<Unstarted[]> {
  return actAs(knex, "relay", async (trx) => {
    const { rows } = await trx.raw(
      `UPDATE sends SET start_attempts = start_attempts + 1,
         next_start_at = now() + least(interval '2 seconds' * 2 ^ least(start_attempts, 10), interval '${MAX_BACKOFF}')
       WHERE id IN (SELECT id FROM sends WHERE status = 'accepted' AND next_start_at <= now()
                    ORDER BY next_start_at LIMIT ${BATCH} FOR UPDATE SKIP LOCKED)
       RETURNING id, start_attempts - 1 AS attempts`,
    );
    return rows;
  });
}

/** Claims notifications with a delivery that nobody has moved for a while. */
export function claimUnfinished(knex: Knex): Promise<string[]> {
  return actAs(knex, "relay", async (trx) => {
    const { rows } = await trx.raw(
      `UPDATE deliveries SET next_check_at = now() + interval '10 seconds'
       WHERE id IN (SELECT id FROM deliveries WHERE status IN ('queued', 'claimed') AND next_check_at <= now()
                    ORDER BY next_check_at LIMIT ${BATCH} FOR UPDATE SKIP LOCKED)
       RETURNING notification_id`,
    );
    return [...new Set<string>(rows.map((row: { notification_id: string }) => row.notification_id))];
  });
}

import type { Knex } from "knex";
import { type Lane, laneOf } from "../channels/contract.ts";
import { actAs } from "./knex.ts";
import { Notification } from "./models/Notification.ts";

/** What has work left, and may have no workflow that does it. */
export interface Unstarted {
  id: string;
  lane: Lane;
  kind: "notification" | "broadcast";
  /** Set where it is this round of deliveries that has a workflow of its own. */
  round?: number;
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
                    ORDER BY lane = 'bulk', next_start_at LIMIT ${BATCH} FOR UPDATE SKIP LOCKED)
       RETURNING id, lane, CASE WHEN user_id IS NULL THEN 'broadcast' ELSE 'notification' END AS kind`,
    );
    return rows;
  });
}

/**
 * Finds notifications with work left that nobody has moved for a while: a delivery that is queued or claimed, a step
 * that is overdue. Deliveries are claimed, so that each is looked at by one node at a time.
 */
export function claimUnfinished(knex: Knex): Promise<Unstarted[]> {
  return actAs(knex, "relay", async (trx) => {
    const deliveries = await trx.raw(
      `UPDATE deliveries SET next_check_at = now() + interval '10 seconds'
       WHERE id IN (SELECT id FROM deliveries WHERE status IN ('queued', 'claimed') AND next_check_at <= now()
                    ORDER BY next_check_at LIMIT ${BATCH} FOR UPDATE SKIP LOCKED)
       RETURNING notification_id AS id, CASE WHEN redelivery_of IS NOT NULL THEN round END AS round`,
    );
    const steps = await trx.raw(
      `SELECT id FROM notifications WHERE next_step_at < now() - interval '5 seconds' ORDER BY next_step_at LIMIT ${BATCH}`,
    );
    const rows: { id: string; round?: number | null }[] = [...deliveries.rows, ...steps.rows];
    const found = await Notification.query(trx)
      .select("id", "priority")
      .whereIn("id", [...new Set(rows.map(({ id }) => id))]);
    const lanes = new Map(found.map(({ id, priority }) => [id, laneOf(priority)]));
    const unfinished = rows.flatMap(({ id, round }): Unstarted[] => {
      const lane = lanes.get(id);
      if (lane === undefined) return [];
      return [{ id, lane, kind: "notification", ...(typeof round === "number" ? { round } : {}) }];
    });
    return [...new Map(unfinished.map((one) => [`${one.id} ${one.round ?? ""}`, one])).values()];
  });
}

import type { Knex } from "knex";
import { record } from "../audit/record.ts";
import { actAs } from "../db/knex.ts";
import { StoredSettings } from "../settings.ts";

/** Originals destroyed in one transaction. */
const BATCH = 500;

/** A territory that limits how long originals are kept. */
export interface Limit {
  territoryId: string;
  /** Days from the notification's time. */
  days: number;
}

/** The territories that limit how long originals are kept; all others keep them. */
export async function findLimits(knex: Knex): Promise<Limit[]> {
  const rows: { id: string; settings: unknown }[] = await actAs(knex, "retention", (trx) =>
    trx("territories").whereRaw("settings -> 'originals_days' IS NOT NULL").select("id", "settings"),
  );
  return rows.flatMap(({ id, settings }) => {
    const days = StoredSettings.safeParse(settings).data?.originals_days;
    return days === undefined ? [] : [{ territoryId: id, days }];
  });
}

/**
 * Destroys the next originals whose time is over, on record: text, key, and the HMACs that could confirm a guess. An
 * original is kept while its send is not persisted, has a delivery left, or may still escalate. It does not matter whether
 * anybody read it. Any number of nodes may run this.
 * @returns how many; fewer than a batch when none are left
 */
export async function shred(knex: Knex, { territoryId, days }: Limit, batch = BATCH): Promise<number> {
  return await actAs(knex, "retention", async (trx) => {
    const { rows }: { rows: { id: string }[] } = await trx.raw(
      `SELECT id FROM sends
       WHERE territory_id = :territoryId AND shredded_at IS NULL AND status <> 'accepted'
         AND created_at < now() - make_interval(days => :days)
         AND (send_at IS NULL OR status = 'cancelled' OR send_at < now() - make_interval(days => :days))
         AND NOT EXISTS (SELECT FROM notifications n WHERE n.send_id = coalesce(sends.joined, sends.id) AND (n.next_step_at IS NOT NULL
           OR EXISTS (SELECT FROM deliveries d WHERE d.notification_id = n.id AND d.status IN ('queued', 'claimed'))))
       ORDER BY created_at LIMIT :batch FOR NO KEY UPDATE SKIP LOCKED`,
      { territoryId, days, batch },
    );
    if (rows.length === 0) return 0;
    const ids = rows.map(({ id }) => id);
    const destroyed: { rows: { id: string }[] } = await trx.raw(
      `UPDATE sends SET key_id = NULL, wrapped_key = NULL, sealed = NULL, body_hash = '', idempotency_hash = NULL,
         dedup_hash = NULL, shredded_at = now() WHERE id = ANY (?::uuid[]) AND shredded_at IS NULL RETURNING id`,
      [ids],
    );
    const events = destroyed.rows.map(({ id: objectId }) => ({
      ...({ action: "original.shred", outcome: "ok", territoryId, objectId } as const),
      payload: { days },
    }));
    await record(trx, "retention", ...events);
    return ids.length;
  });
}

/**
 * Removes the examples of redaction that are older than the originals a territory keeps, on record; @returns how many.
 */
export async function dropExamples(knex: Knex, { territoryId, days }: Limit): Promise<number> {
  return await actAs(knex, "retention", async (trx) => {
    const { rows }: { rows: { id: string }[] } = await trx.raw(
      `DELETE FROM redaction_examples
       WHERE territory_id = ? AND created_at < now() - make_interval(days => ?) RETURNING id`,
      [territoryId, days],
    );
    const events = rows.map(({ id: objectId }) => ({
      ...({ action: "redaction_example.shred", outcome: "ok", territoryId, objectId } as const),
      payload: { days },
    }));
    await record(trx, "retention", ...events);
    return rows.length;
  });
}

/** Whether a whole batch was destroyed, so that there may be more. */
export const mayHaveMore = (shredded: number): boolean => shredded === BATCH;

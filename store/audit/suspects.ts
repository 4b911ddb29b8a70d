import type { Knex } from "knex";
import { actAs } from "../db/knex.ts";
import type { Checkpoint } from "./checkpoint.ts";

const SHOWN = 10;

/**
 * Names the events of a bad checkpoint that may be the altered ones. PostgreSQL's own column `xmin` holds the transaction that
 * really wrote a row (its low 32 bits), and a missing id was deleted or rolled back. This is a hint, no proof.
 */
export async function suspects(knex: Knex, { epoch, lo, hi }: Checkpoint, held: number): Promise<string> {
  const range = { epoch, lo: String(lo), hi: String(hi), shown: SHOWN + 1 };
  const within = "epoch = :epoch AND xid >= :lo::xid8 AND xid < :hi::xid8";
  const [written, missing] = await actAs(knex, "sealer", async (trx) => [
    await ids(
      trx.raw(
        `SELECT id FROM audit_events WHERE ${within}
           AND xmin::text::numeric <> mod(xid::text::numeric, 4294967296) ORDER BY id LIMIT :shown`,
        range,
      ),
    ),
    await ids(
      trx.raw(
        `WITH held AS (SELECT min(id) AS first, max(id) AS last FROM audit_events WHERE ${within}),
         ends AS (SELECT coalesce(greatest((SELECT max(id) FROM audit_events WHERE id < held.first),
             (SELECT max(last_id) FROM archives WHERE last_id < held.first)), 0) AS before,
           coalesce((SELECT min(id) FROM audit_events WHERE id > held.last), held.last) AS after
           FROM held WHERE held.first IS NOT NULL),
         known AS (SELECT before AS id FROM ends UNION SELECT after FROM ends
           UNION SELECT id FROM audit_events, ends WHERE id > before AND id < after),
         gaps AS (SELECT id, lead(id) OVER (ORDER BY id) AS next FROM known)
         SELECT gap AS id FROM gaps, generate_series(id + 1, least(next - 1, id + :shown)) AS gap WHERE next IS NOT NULL ORDER BY gap LIMIT :shown`,
        range,
      ),
    ),
  ]);
  const parts: string[] = [];
  // After a restore every row was written by the restoring transaction.
  if (written.length > 0 && written.length < held)
    parts.push(`written by another transaction than it says: event ${show(written)}`);
  if (missing.length > 0) parts.push(`missing ids: ${show(missing)}`);
  return parts.length === 0 ? "" : ` (${parts.join("; ")})`;
}

async function ids(query: PromiseLike<{ rows: { id: number }[] }>): Promise<number[]> {
  return (await query).rows.map(({ id }) => id);
}

const show = (found: number[]): string =>
  found.slice(0, SHOWN).join(", ") + (found.length > SHOWN ? " and more" : "");

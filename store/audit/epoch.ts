import type { Knex } from "knex";
import type { Transaction } from "../db/knex.ts";

/** The epoch that new events get: the default of its column. */
export async function currentEpoch(trx: Transaction): Promise<number> {
  const { rows } = await trx.raw("SELECT public.audit_epoch() AS epoch");
  return rows[0].epoch;
}

/**
 * Begins a new epoch when the record holds transactions that this PostgreSQL cluster has not come to yet: the database was
 * restored from a dump, and new events would mix with the sealed ones. Needs the owner's login; answers the new epoch or null.
 */
export async function beginEpochAfterRestore(owner: Knex): Promise<number | null> {
  return await owner.transaction(async (trx) => {
    await trx.raw("SELECT set_config('app.actor', 'sealer', true)");
    const epoch = await currentEpoch(trx);
    const { rows } = await trx.raw(
      `SELECT pg_snapshot_xmax(pg_current_snapshot()) < greatest(
        (SELECT hi FROM audit_checkpoints WHERE epoch = :epoch ORDER BY id DESC LIMIT 1),
        (SELECT xid FROM audit_events WHERE epoch = :epoch ORDER BY xid DESC LIMIT 1)) AS restored`,
      { epoch },
    );
    if (rows[0].restored !== true) return null;
    await trx.raw(`ALTER TABLE audit_events ALTER COLUMN epoch SET DEFAULT ${epoch + 1}`);
    return epoch + 1;
  });
}

import type pg from "pg";

/** The beginning of the month that lies some months ahead; UTC. */
export function monthsOn(months: number): Date {
  const now = new Date();
  return new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + months, 1));
}

/**
 * Lets a table's first partition end now, as if the months had gone by since: what is there stays in it, what comes goes elsewhere. Needs the
 * owner's login.
 */
export async function endPartition(owner: pg.Client, table: string): Promise<Date> {
  const { rows } = await owner.query("SELECT clock_timestamp() AS now");
  const now: Date = rows[0].now;
  const ends = new Date(now.getTime() + 1);
  await owner.query(`ALTER TABLE ${table} DETACH PARTITION ${table}_before`);
  await owner.query(
    `ALTER TABLE ${table} ATTACH PARTITION ${table}_before FOR VALUES FROM (MINVALUE) TO ('${ends.toISOString()}')`,
  );
  return ends;
}

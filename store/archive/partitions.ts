import type { Knex } from "knex";

/** The tables that only grow, and are partitioned by time. */
export const SOURCES = ["delivery_events", "audit_events"] as const;
export type Source = (typeof SOURCES)[number];

/** Makes the partitions of this month and the three to come, and answers when the last one of each table ends. Any login may. */
export async function makePartitions(knex: Knex): Promise<{ parent: Source; ends: Date }[]> {
  const { rows } = await knex.raw("SELECT parent, ends FROM public.make_partitions()");
  return rows;
}

/** A partition with both ends in the past. */
export interface Partition {
  name: string;
  source: Source;
  /** Null: from the beginning. */
  begins: Date | null;
  ends: Date;
}

/** The partitions that ended before a time, oldest first; the default one never does. */
export async function partitionsBefore(knex: Knex, source: Source, time: Date): Promise<Partition[]> {
  const { rows } = await knex.raw(
    `SELECT name, begins, ends FROM (
       SELECT relname AS name, substring(bound FROM 'FROM \\(''([^'']+)''\\)')::timestamptz AS begins,
         substring(bound FROM 'TO \\(''([^'']+)''\\)')::timestamptz AS ends
       FROM pg_catalog.pg_inherits JOIN pg_catalog.pg_class ON pg_class.oid = inhrelid,
         LATERAL (SELECT pg_get_expr(relpartbound, pg_class.oid) AS bound) AS bounds
       WHERE inhparent = ('public.' || ?)::regclass) AS parts
     WHERE ends <= ? ORDER BY ends`,
    [source, time],
  );
  return rows.map((row: Omit<Partition, "source">) => ({ ...row, source }));
}

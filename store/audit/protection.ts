import type { Knex } from "knex";
import { actAs } from "../db/knex.ts";
import type { Finding } from "./finding.ts";

const TRIGGERS = [
  ["audit_events", "audit_stamp"],
  ["audit_events", "audit_refuse"],
  ["audit_events", "audit_refuse_truncate"],
  ["audit_checkpoints", "audit_refuse"],
  ["audit_checkpoints", "audit_refuse_truncate"],
] as const;

/** The triggers that make the record append-only and are missing or switched off. */
export async function unprotected(knex: Knex): Promise<Finding[]> {
  const { rows } = await actAs(knex, "sealer", (trx) =>
    trx.raw("SELECT tgrelid::regclass::text AS name, tgname FROM pg_trigger WHERE tgenabled = 'A'"),
  );
  const on = new Set(rows.map((row: { name: string; tgname: string }) => `${row.name}.${row.tgname}`));
  return TRIGGERS.filter(([table, trigger]) => !on.has(`${table}.${trigger}`)).map(([table, trigger]) => ({
    checkpoint: null,
    what: `the trigger ${trigger} on ${table} is off`,
  }));
}

import type { Knex } from "knex";
import { type AuditEvent, record } from "../../store/audit/record.ts";
import { actAs, type Actor } from "../../store/db/knex.ts";
import { Problem } from "../http/errors.ts";

/** Puts the refusal of a known caller on record: the answer's status and kind, and nothing of the request. */
export async function recordRefusal(
  knex: Knex,
  actor: Actor | null,
  action: AuditEvent["action"],
  error: unknown,
): Promise<void> {
  if (actor === null || !(error instanceof Problem) || error.status >= 500) return;
  const payload = { status: error.status, problem: error.slug };
  await actAs(knex, actor, (trx) => record(trx, actor, { action, outcome: "denied", payload }));
}

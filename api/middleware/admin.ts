import type { Knex } from "knex";
import type { Context } from "koa";
import { type AuditEvent, record } from "../../store/audit/record.ts";
import { LOCKS } from "../../store/db/locks.ts";
import { actAs, type Actor, type Transaction } from "../../store/db/knex.ts";
import type { SignedInPerson } from "../../store/people/sessions.ts";
import { forbidden, type Problem } from "../http/errors.ts";
import { type Done, onRecord } from "./on-record.ts";

/** Lets admins through; an attempt by anybody else goes on record. @throws Problem 403 */
export async function requireAdmin(
  knex: Knex,
  person: SignedInPerson,
  ctx: Context,
): Promise<SignedInPerson> {
  const actor: Actor = `user:${person.userId}`;
  if (await actAs(knex, actor, isAdmin)) return person;
  const payload = { method: ctx.method, route: String(ctx["_matchedRoute"]) };
  await actAs(knex, actor, (trx) =>
    record(trx, actor, { action: "admin.refuse", outcome: "denied", payload }),
  );
  throw refusal();
}

const refusal = (): Problem => forbidden("Only admins can do this.");

async function isAdmin(trx: Transaction): Promise<boolean> {
  const { rows } = await trx.raw("SELECT has_role('admin') AS is");
  return rows[0].is === true;
}

/**
 * Runs one act of an admin in one transaction with its record; a refusal goes on record too.
 * @throws Problem 403 for anybody who is no admin (any more), and every error of `work`
 */
export async function asAdmin<T>(
  knex: Knex,
  admin: SignedInPerson,
  action: AuditEvent["action"],
  work: (trx: Transaction) => Promise<Done<T>>,
): Promise<T> {
  return await onRecord(knex, admin, action, async (trx) => {
    await trx.raw("SELECT pg_advisory_xact_lock(?)", [LOCKS.administer]);
    if (!(await isAdmin(trx))) throw refusal();
    return await work(trx);
  });
}

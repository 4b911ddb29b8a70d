import type { Knex } from "knex";
import { type AuditEvent, record } from "../../store/audit/record.ts";
import { actAs, type Actor, isPostgresError, type Transaction } from "../../store/db/knex.ts";
import { Membership } from "../../store/models/User.ts";
import type { SignedInPerson } from "../../store/people/sessions.ts";
import { conflict, forbidden, Problem } from "../http/errors.ts";
import type { Done } from "./admin.ts";

/**
 * The territories that a person supervises; an admin's wider view does not count.
 * @param refusal what somebody who supervises none is told
 * @throws Problem 403 for none
 */
export async function supervisedBy(trx: Transaction, userId: string, refusal: string): Promise<string[]> {
  const roles = await Membership.query(trx).where({ user_id: userId, role: "supervisor" });
  if (roles.length === 0) throw forbidden(refusal);
  return roles.flatMap(({ territory_id }) => territory_id ?? []);
}

/**
 * Runs one act of a person on what their territories keep, in one transaction with its record; a refusal goes on record too.
 * @throws Problem 409 where two write the same at once, and every error of `work`
 */
export async function onRecord<T>(
  knex: Knex,
  { userId }: SignedInPerson,
  action: AuditEvent["action"],
  work: (trx: Transaction) => Promise<Done<T>>,
): Promise<T> {
  const actor: Actor = `user:${userId}`;
  try {
    return await actAs(knex, actor, async (trx) => {
      const { result, event } = await work(trx);
      await record(trx, actor, { action, outcome: "ok", ...event });
      return result;
    });
  } catch (thrown) {
    const error = isPostgresError(thrown, "23505")
      ? conflict("There is one of that name already, or somebody else is writing it just now.")
      : thrown;
    if (error instanceof Problem) {
      const payload = { status: error.status, problem: error.slug };
      await actAs(knex, actor, (trx) => record(trx, actor, { action, outcome: "denied", payload }));
    }
    throw error;
  }
}

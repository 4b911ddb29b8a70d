import type { Knex } from "knex";
import { type AuditEvent, record } from "../../store/audit/record.ts";
import { actAs, type Actor, type Transaction } from "../../store/db/knex.ts";
import type { SignedInPerson } from "../../store/people/sessions.ts";
import { Problem } from "../http/errors.ts";

/** The outcome of a person's act, and its entry in the record. */
export interface Done<T> {
  result: T;
  event: Pick<AuditEvent, "objectId" | "territoryId" | "payload">;
}

/** Runs one act of a person in one transaction with its record; a refusal goes on record too. @throws every error of `work` */
export async function onRecord<T>(
  knex: Knex,
  { userId }: Pick<SignedInPerson, "userId">,
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
  } catch (error) {
    if (error instanceof Problem) {
      const payload = { status: error.status, problem: error.slug };
      await actAs(knex, actor, (trx) => record(trx, actor, { action, outcome: "denied", payload }));
    }
    throw error;
  }
}

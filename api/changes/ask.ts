import { record } from "../../store/audit/record.ts";
import type { Transaction } from "../../store/db/knex.ts";
import {
  activeAdmins,
  askChange,
  type GuardedSubject,
  noteMade,
} from "../../store/people/pending-changes.ts";
import type { SignedInPerson } from "../../store/people/sessions.ts";

/** What came of a change that one admin may not make alone, and what the record of the admin's act says of it. */
export type DoneOrAsked<T> =
  | { waits: false; result: T; note: { only_admin: true } }
  | { waits: true; result: null; note: { waits_for: string } };

/**
 * Makes a change where there is no other admin who could confirm it, which the record says; asks for it otherwise, on record.
 * @param work makes it
 */
export async function doOrAsk<T>(
  trx: Transaction,
  { userId }: SignedInPerson,
  subject: GuardedSubject,
  work: () => Promise<T>,
): Promise<DoneOrAsked<T>> {
  const others = await activeAdmins(trx);
  others.delete(userId);
  if (others.size === 0) {
    const result = await work();
    await noteMade(trx, userId, subject);
    return { waits: false, result, note: { only_admin: true } };
  }
  const { id } = await askChange(trx, userId, subject);
  const payload = { change_id: id, what: Object.keys(subject.change) };
  await record(trx, `user:${userId}`, {
    action: "change.ask",
    outcome: "ok",
    objectId: subject.id,
    territoryId: subject.kind === "territory" ? subject.id : null,
    payload,
  });
  return { waits: true, result: null, note: { waits_for: id } };
}

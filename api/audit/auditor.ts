import type { Knex } from "knex";
import { record } from "../../store/audit/record.ts";
import { actAs, type Actor } from "../../store/db/knex.ts";
import { Membership } from "../../store/models/User.ts";
import type { SignedInPerson } from "../../store/people/sessions.ts";
import { forbidden } from "../http/errors.ts";

/** Lets auditors through; an attempt by anybody else goes on record, whatever they asked for. @throws Problem 403 */
export async function requireAuditor(knex: Knex, person: SignedInPerson): Promise<SignedInPerson> {
  const { userId } = person;
  const actor: Actor = `user:${userId}`;
  const allowed = await actAs(knex, actor, async (trx) => {
    const roles = Membership.query(trx).where({ user_id: userId, role: "auditor" }).whereNull("territory_id");
    const found = (await roles.resultSize()) > 0;
    if (!found) await record(trx, actor, { action: "audit.read", outcome: "denied" });
    return found;
  });
  if (!allowed) throw forbidden("Only auditors can read the audit record.");
  return person;
}

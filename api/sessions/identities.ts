import { record } from "../../store/audit/record.ts";
import type { Transaction } from "../../store/db/knex.ts";
import { Membership, User } from "../../store/models/User.ts";
import { findByEmail } from "../../store/people/email.ts";
import type { Claims } from "./oidc.ts";

/**
 * The person for whom a provider's subject stands: by the subject, or, the first time, by the email that the provider has
 * verified. From then on the subject alone counts: an address that is given to somebody else later opens nothing. An email
 * never links an admin or an auditor: whoever could have one verified at the provider would be let in as them.
 */
export async function findPerson(
  trx: Transaction,
  { issuer, subject, verifiedEmail }: Claims,
): Promise<User | null> {
  const known = await trx("user_identities").where({ issuer, subject }).first<{ user_id: string }>("user_id");
  if (known !== undefined) return (await User.query(trx).findById(known.user_id)) ?? null;
  if (verifiedEmail === null) return null;
  const user = await findByEmail(trx, verifiedEmail);
  if (user === undefined || user.disabled_at !== null || (await administers(trx, user.id))) return null;
  const other = await trx("user_identities").where({ issuer, user_id: user.id }).first("subject");
  if (other !== undefined) return null;
  const linked = await trx("user_identities")
    .insert({ issuer, subject, user_id: user.id })
    .onConflict(["issuer", "subject"])
    .ignore()
    .returning("user_id");
  if (linked.length === 0) return null;
  await record(trx, "sign-in", { action: "user.link", outcome: "ok", objectId: user.id });
  return user;
}

/** Whether somebody has a role in the installation. */
const administers = async (trx: Transaction, userId: string): Promise<boolean> =>
  (await Membership.query(trx).where({ user_id: userId, territory_id: null }).first()) !== undefined;

import { record } from "../../store/audit/record.ts";
import type { Transaction } from "../../store/db/knex.ts";
import { Membership, User } from "../../store/models/User.ts";
import { endInvitations, findInvitation, useInvitation } from "../../store/people/invitations.ts";
import { endSessions } from "../../store/people/people.ts";
import { findByEmail } from "../../store/people/email.ts";
import type { Claims } from "./oidc.ts";

/**
 * The person for whom a provider's subject stands: by the subject, or, the first time, by the email that the provider has
 * verified. From then on the subject alone counts: an address that is given to somebody else later opens nothing. An email
 * never links an admin or an auditor: whoever could have one verified at the provider would be let in as them. Nor does an email that an admin has
 * changed, nor one of somebody whose counterpart an admin took off: those people come by an invitation.
 */
export async function findPerson(
  trx: Transaction,
  { issuer, subject, verifiedEmail }: Claims,
  onLink: OnLink,
): Promise<User | null> {
  const known = await trx("user_identities").where({ issuer, subject }).first<{ user_id: string }>("user_id");
  if (known !== undefined) return (await User.query(trx).findById(known.user_id)) ?? null;
  if (verifiedEmail === null) return null;
  const user = await findByEmail(trx, verifiedEmail);
  if (user === undefined || user.disabled_at !== null) return null;
  if (user.email_changed_at !== null || user.identity_removed_at !== null) return null;
  if (await administers(trx, user.id)) return null;
  if (!(await link(trx, { issuer, subject }, user, "email"))) return null;
  onLink(user);
  return user;
}

/** Hears of a person who has a counterpart at the provider from now on, if the transaction stands. */
export type OnLink = (user: User) => void;

/**
 * The person of an invitation, for whom the subject stands from then on. The invitation is used up, and the person's sessions
 * end. Null where it is over, or the subject or the person have another counterpart already.
 */
export async function joinPerson(
  trx: Transaction,
  { issuer, subject }: Claims,
  token: string,
  onLink: OnLink,
): Promise<User | null> {
  const invited = await findInvitation(trx, token);
  if (invited === null || !(await link(trx, { issuer, subject }, invited.user, "invitation"))) return null;
  onLink(invited.user);
  await useInvitation(trx, invited);
  await endSessions(trx, invited.user.id);
  return invited.user;
}

async function link(
  trx: Transaction,
  { issuer, subject }: Pick<Claims, "issuer" | "subject">,
  { id }: User,
  means: "email" | "invitation",
): Promise<boolean> {
  const other = await trx("user_identities").where({ issuer, user_id: id }).first("subject");
  if (other !== undefined) return false;
  const linked = await trx("user_identities")
    .insert({ issuer, subject, user_id: id })
    .onConflict(["issuer", "subject"])
    .ignore()
    .returning("user_id");
  if (linked.length === 0) return false;
  // A link that somebody else may hold would be a second way in.
  if (means === "email") await endInvitations(trx, id);
  await record(trx, "sign-in", { action: "user.link", outcome: "ok", objectId: id, payload: { means } });
  return true;
}

/** Whether somebody has a role in the installation. */
const administers = async (trx: Transaction, userId: string): Promise<boolean> =>
  (await Membership.query(trx).where({ user_id: userId, territory_id: null }).first()) !== undefined;

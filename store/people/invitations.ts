import { hashOfSecret, type Tokens } from "../crypto/tokens.ts";
import { switchActor, type Transaction } from "../db/knex.ts";
import { User } from "../models/User.ts";

/** How long an invitation is good; ms. */
export const INVITATION_LIFE = 24 * 3_600_000;

/** How long a link is good that its person asked for, without the password; ms. */
const RESET_LIFE = 3_600_000;

/** The link by which somebody shows that an admin asked them in; the token (256 bits) is known to those alone who get it. */
export interface NewInvitation {
  token: string;
  expiresAt: Date;
}

/** An invitation that is good, and its person. */
export interface Invited {
  id: string;
  user: User;
}

/** Makes a person's invitation, in place of the one before. @param tokens `Credentials.invitations` */
export async function invite(
  trx: Transaction,
  userId: string,
  tokens: Pick<Tokens, "make">,
): Promise<NewInvitation> {
  await endInvitations(trx, userId);
  return await makeInvitation(trx, userId, tokens, { life: INVITATION_LIFE, reset: false });
}

/**
 * Makes the link that somebody asked for who is not signed in, in place of one before that was asked for so. An admin's stays good beside it:
 * anybody may ask, and would end it.
 */
export async function inviteAgain(
  trx: Transaction,
  userId: string,
  tokens: Pick<Tokens, "make">,
): Promise<NewInvitation> {
  await openInvitations(trx, userId).where({ reset: true }).update({ over_at: new Date() });
  return await makeInvitation(trx, userId, tokens, { life: RESET_LIFE, reset: true });
}

/** @param life in ms */
async function makeInvitation(
  trx: Transaction,
  userId: string,
  tokens: Pick<Tokens, "make">,
  { life, reset }: { life: number; reset: boolean },
): Promise<NewInvitation> {
  const token = tokens.make();
  const expiresAt = new Date(Date.now() + life);
  const row = { user_id: userId, token_hash: hashOfSecret(token), expires_at: expiresAt, reset };
  await trx("invitations").insert(row);
  return { token, expiresAt };
}

const openInvitations = (trx: Transaction, userId: string) =>
  trx("invitations").where({ user_id: userId }).whereNull("over_at");

/** Ends what invitations a person has. */
export async function endInvitations(trx: Transaction, userId: string): Promise<void> {
  await openInvitations(trx, userId).update({ over_at: new Date() });
}

/** The invitation behind a token, locked until the transaction ends; null when it is unknown, over or its person disabled. */
export async function findInvitation(trx: Transaction, token: string): Promise<Invited | null> {
  const found: { id: string; user_id: string } | undefined = await trx("invitations")
    .where({ token_hash: hashOfSecret(token) })
    .whereNull("over_at")
    .where("expires_at", ">", new Date())
    .forUpdate()
    .first("id", "user_id");
  if (found === undefined) return null;
  const user = await User.query(trx).findById(found.user_id);
  return user === undefined || user.disabled_at !== null ? null : { id: found.id, user };
}

/** Uses an invitation up; another one of the same person ends with it. */
export async function useInvitation(trx: Transaction, { user }: Invited): Promise<void> {
  await endInvitations(trx, user.id);
}

/** Sets the password of an invitation's person; what comes after in the transaction is done under the invitation. */
export async function setInvitedPassword(
  trx: Transaction,
  { id, user }: Invited,
  password_hash: string,
): Promise<void> {
  await switchActor(trx, `invitation:${id}`);
  await User.query(trx).findById(user.id).patch({ password_hash });
}

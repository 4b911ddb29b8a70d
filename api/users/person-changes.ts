import type { Tokens } from "../../store/crypto/tokens.ts";
import type { Transaction } from "../../store/db/knex.ts";
import { User } from "../../store/models/User.ts";
import { endInvitations, invite, type NewInvitation } from "../../store/people/invitations.ts";
import type { GuardedChange, Identity } from "../../store/people/pending-changes.ts";
import { endSessions, leaveToProvider, type PersonRecord, setRoles } from "../../store/people/people.ts";
import { lockAccount } from "../../store/people/sessions.ts";
import { removePasskeys } from "../../store/people/passkeys.ts";
import { removeFactor } from "../../store/people/second-factor.ts";
import { endWallsOf } from "../../store/people/walls.ts";
import { unlessTaken } from "../http/taken.ts";
import { type AccountChange, type Addressee, noteChange } from "./account-notices.ts";
import { inInstallation, inTerritories, toRoles } from "./roles.ts";
import type { UserChange } from "./schema.ts";

/** Said where one of these is somebody else's. */
export const TAKEN = "Another person has this id, email or identity already.";

/** A change that somebody has to be told of. */
export interface Told {
  to: Addressee;
  change: AccountChange;
}

/** Notes changes that somebody is to be told of. */
export async function noteAll(trx: Transaction, told: readonly Told[]): Promise<void> {
  for (const { to, change } of told) await noteChange(trx, to, change);
}

/** What has to follow once a change is committed. */
export interface Effects {
  told: Told[];
  invitation: NewInvitation | null;
}

/** Splits off what one admin may not do alone; null where there is nothing of that. */
export function guardedPart(
  before: PersonRecord,
  change: UserChange,
  canSignIn: boolean,
): GuardedChange | null {
  const held = inInstallation(before.roles);
  const grant = (change.roles ?? held).filter((role) => !held.includes(role));
  const revoke = held.filter((role) => change.roles?.includes(role) === false);
  const guarded: GuardedChange = {
    ...(grant.length > 0 ? { grant } : {}),
    ...(revoke.length > 0 ? { revoke } : {}),
    ...(change.identity === undefined ? {} : { identity: change.identity }),
    ...(held.length > 0 && isMoved(before, change) ? { email: change.email } : {}),
    ...(change.second_factor === false && before.hasSecondFactor ? { second_factor: false } : {}),
    // An auditor oversees admins; an admin who can't sign in oversees nobody.
    ...(change.disabled === true && (held.includes("auditor") || (held.includes("admin") && canSignIn))
      ? { disabled: true }
      : {}),
    // Whose roles count again is made an admin or auditor anew.
    ...(change.disabled === false && before.disabled_at !== null && held.length > 0
      ? { disabled: false }
      : {}),
  };
  return Object.keys(guarded).length > 0 ? guarded : null;
}

/** Does what needed a second admin, or an admin who is the only one. */
export async function applyGuarded(
  trx: Transaction,
  before: PersonRecord,
  { grant = [], revoke = [], identity, email, second_factor, disabled, invitation }: GuardedChange,
  invitations: Pick<Tokens, "make">,
): Promise<Effects> {
  const { id } = before;
  const told: Told[] = email === undefined ? [] : await setEmail(trx, before, email);
  if (grant.length > 0 || revoke.length > 0) {
    const held = inInstallation(before.roles).filter((role) => !revoke.includes(role));
    await setRoles(trx, id, toRoles(inTerritories(before.roles), [...new Set([...held, ...grant])]));
    // Whoever holds a link of theirs, or set their password by one, would have the role.
    if (grant.length > 0) {
      await endInvitations(trx, id);
      await leaveToProvider(trx, id);
    }
  }
  if (identity !== undefined) {
    await setIdentity(trx, id, identity);
    told.push({ to: before, change: "identity" });
  }
  if (second_factor === false) {
    await lockAccount(trx, id);
    await removeFactor(trx, id);
    await removePasskeys(trx, id);
    told.push({ to: before, change: "factor" });
  }
  if (disabled === false) await User.query(trx).findById(id).patch({ disabled_at: null });
  if (disabled === true) await disable(trx, before);
  else if (told.length > 0) await endSessions(trx, id);
  if (invitation === true) told.push({ to: before, change: "invitation" });
  return { told, invitation: invitation === true ? await invite(trx, id, invitations) : null };
}

/** Signs a person out, lets nobody sign in as them, and ends the screens on walls that they granted. */
export async function disable(
  trx: Transaction,
  { id, disabled_at }: Pick<PersonRecord, "id" | "disabled_at">,
): Promise<void> {
  await User.query(trx)
    .findById(id)
    .patch({ disabled_at: disabled_at ?? new Date() });
  await endInvitations(trx, id);
  await endSessions(trx, id);
  await endWallsOf(trx, id, "granter_disabled");
}

/** Whether a change is of the email that a person signs in by. */
export const isMoved = (
  before: Pick<PersonRecord, "email">,
  change: { email?: string | undefined },
): change is { email: string } => change.email !== undefined && change.email !== before.email;

/**
 * Gives a person another email, signs them out and ends their links; answers whom to tell: both addresses.
 * @throws Problem 409 where it is somebody else's
 */
export async function setEmail(
  trx: Transaction,
  before: Pick<PersonRecord, "id" | "email">,
  email: string,
): Promise<Told[]> {
  const { id } = before;
  // By the clock of `asked_at`, by which a change that waits is held against it.
  const row = { email, email_changed_at: trx.raw("clock_timestamp()") };
  await unlessTaken(TAKEN, async () => await User.query(trx).findById(id).patch(row));
  await endInvitations(trx, id);
  await endSessions(trx, id);
  const change = "email" as const;
  return [
    { to: before, change },
    { to: { id, email }, change },
  ];
}

/** Gives a person another counterpart at the OpenID provider, or none. The one before does not come back by its email. */
async function setIdentity(trx: Transaction, userId: string, identity: Identity | null): Promise<void> {
  await User.query(trx).findById(userId).patch({ identity_removed_at: new Date() });
  await trx("user_identities").where({ user_id: userId }).delete();
  if (identity === null) return;
  await unlessTaken(TAKEN, async () => await trx("user_identities").insert({ ...identity, user_id: userId }));
}

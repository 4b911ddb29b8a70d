import type { Transaction } from "../../store/db/knex.ts";
import { User } from "../../store/models/User.ts";
import { endInvitations, invite, type NewInvitation } from "../../store/people/invitations.ts";
import type { GuardedChange, Identity } from "../../store/people/pending-changes.ts";
import { endSessions, leaveToProvider, type PersonRecord, setRoles } from "../../store/people/people.ts";
import { lockAccount } from "../../store/people/sessions.ts";
import { removePasskeys } from "../../store/people/passkeys.ts";
import { removeFactor } from "../../store/people/second-factor.ts";
import { unlessTaken } from "../http/taken.ts";
import type { AccountChange } from "./notices.ts";
import { inInstallation, inTerritories, toRoles } from "./roles.ts";
import type { UserChange } from "./schema.ts";

/** Said where one of these is somebody else's. */
export const TAKEN = "Another person has this id, email or identity already.";

/** What has to follow once a change is committed. */
export interface Effects {
  told: AccountChange[];
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
  { grant = [], revoke = [], identity, second_factor, disabled, invitation }: GuardedChange,
): Promise<Effects> {
  const { id } = before;
  const told: AccountChange[] = [];
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
    told.push("identity");
  }
  if (second_factor === false) {
    await lockAccount(trx, id);
    await removeFactor(trx, id);
    await removePasskeys(trx, id);
    told.push("factor");
  }
  if (disabled === false) await User.query(trx).findById(id).patch({ disabled_at: null });
  if (disabled === true) await disable(trx, before);
  else if (told.length > 0) await endSessions(trx, id);
  if (invitation === true) told.push("invitation");
  return { told, invitation: invitation === true ? await invite(trx, id) : null };
}

/** Signs a person out and lets nobody sign in as them. */
export async function disable(trx: Transaction, { id, disabled_at }: PersonRecord): Promise<void> {
  await User.query(trx)
    .findById(id)
    .patch({ disabled_at: disabled_at ?? new Date() });
  await endInvitations(trx, id);
  await endSessions(trx, id);
}

async function setIdentity(trx: Transaction, userId: string, identity: Identity | null): Promise<void> {
  await trx("user_identities").where({ user_id: userId }).delete();
  if (identity === null) return;
  await unlessTaken(TAKEN, async () => await trx("user_identities").insert({ ...identity, user_id: userId }));
}

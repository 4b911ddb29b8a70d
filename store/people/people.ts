import type { Role } from "../../channels/contract.ts";
import { currentActor, switchActor, type Transaction } from "../db/knex.ts";
import { Membership, Territory, User } from "../models/User.ts";
import { openChanges, type PendingChange } from "./pending-changes.ts";
import { forgetDevices } from "./devices.ts";
import { lockAccount } from "./sessions.ts";
import { endSubjectTokens } from "./subject-tokens.ts";
import { endWallsOf } from "./walls.ts";
import { Session } from "../models/Session.ts";

/** A role in a territory, or (territory null) in the installation. */
export interface RoleIn {
  territory_id: string | null;
  role: Role;
}

/** A person with all that admins see. */
export interface PersonRecord extends Pick<User, "id" | "email" | "name" | "created_at" | "disabled_at"> {
  hasPassword: boolean;
  hasSecondFactor: boolean;
  roles: RoleIn[];
  pending: PendingChange[];
}

/** The people of `users`, in that order, each with roles, factors and what waits to be confirmed. */
export async function withRoles(trx: Transaction, users: User[]): Promise<PersonRecord[]> {
  const ids = users.map(({ id }) => id);
  const memberships = await Membership.query(trx).whereIn("user_id", ids).orderBy(["territory_id", "role"]);
  const factors: { user_id: string }[] = await trx("second_factors")
    .whereIn("user_id", ids)
    .whereNotNull("confirmed_at")
    .select("user_id")
    .union(trx("passkeys").whereIn("user_id", ids).select("user_id"));
  const pending = await openChanges(trx).where({ kind: "person" }).whereIn("subject_id", ids);
  const secured = new Set(factors.map(({ user_id }) => user_id));
  return users.map((user) => ({
    id: user.id,
    email: user.email,
    name: user.name,
    created_at: user.created_at,
    disabled_at: user.disabled_at,
    hasPassword: user.password_hash !== null,
    hasSecondFactor: secured.has(user.id),
    roles: memberships
      .filter(({ user_id }) => user_id === user.id)
      .map(({ territory_id, role }) => ({ territory_id, role })),
    pending: pending.filter(({ subject_id }) => subject_id === user.id),
  }));
}

/** The territories among `ids` that don't exist or are archived. */
export async function missingTerritories(trx: Transaction, ids: string[]): Promise<Set<string>> {
  const found = await Territory.query(trx).whereIn("id", ids).whereNull("archived_at").select("id");
  const known = new Set(found.map(({ id }) => id));
  return new Set(ids.filter((id) => !known.has(id)));
}

/** Gives and takes roles until they are those wanted. Losing one closes the person's live sockets (4403 after the last). */
export async function setRoles(trx: Transaction, userId: string, wanted: RoleIn[]): Promise<void> {
  const current = await Membership.query(trx).where({ user_id: userId });
  const keyOf = ({ territory_id, role }: RoleIn): string => JSON.stringify([territory_id, role]);
  const keep = new Set(wanted.map(keyOf));
  const had = new Set(current.map(keyOf));
  const admin = keyOf({ territory_id: null, role: "admin" });
  // Before the role goes: an admin who gives up their own may end them still.
  if (had.has(admin) && !keep.has(admin)) await endWallsOf(trx, userId, "granter_no_admin");
  for (const { territory_id, role } of current.filter((one) => !keep.has(keyOf(one))))
    await Membership.query(trx).delete().where({ user_id: userId, territory_id, role });
  for (const [key, { territory_id, role }] of new Map(wanted.map((one) => [keyOf(one), one])))
    if (!had.has(key)) await Membership.query(trx).insert({ user_id: userId, territory_id, role });
}

/** Takes the password of somebody whom an OpenID provider lets in, and ends their sessions: who else set it, by a link, is kept out. */
export async function leaveToProvider(trx: Transaction, userId: string): Promise<void> {
  const linked = await trx("user_identities").where({ user_id: userId }).first("user_id");
  if (linked === undefined) return;
  const actor = await currentActor(trx);
  await switchActor(trx, `password:${userId}`);
  await User.query(trx).findById(userId).patch({ password_hash: null });
  await switchActor(trx, actor);
  await endSessions(trx, userId);
}

/**
 * Ends the sessions of a person, all of them or all but one, and what pages of other systems show of their inbox; and forgets the devices on which Web Push tells them, but for that session's. Of the
 * others some may be on a session that ran out before: whoever added those goes on being told there unless they go too.
 */
export async function endSessions(
  trx: Transaction,
  userId: string,
  { but = null }: { but?: string | null } = {},
): Promise<void> {
  await lockAccount(trx, userId);
  const ended = Session.query(trx)
    .patch({ revoked_at: new Date() })
    .where({ user_id: userId })
    .whereNull("revoked_at");
  if (but !== null) void ended.whereNot({ id: but });
  await ended;
  const actor = await currentActor(trx);
  await switchActor(trx, "sign-in");
  await endSubjectTokens(trx, userId);
  await switchActor(trx, `user:${userId}`);
  await forgetDevices(trx, userId, { but });
  await switchActor(trx, actor);
}

/**
 * Whether a role of somebody in a territory is owed to themself: given by an admin whom they made one, directly or by way of
 * others. Nobody else ever said that this person may see what is sent there.
 */
export async function owesRoleToSelf(
  trx: Transaction,
  userId: string,
  territoryId: string,
): Promise<boolean> {
  const owed = await Membership.query(trx)
    .where({ user_id: userId, territory_id: territoryId })
    .whereRaw("user_id = ANY (because_of)")
    .first();
  return owed !== undefined;
}

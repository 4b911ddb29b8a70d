import type { Role } from "../../channels/contract.ts";
import type { Transaction } from "../db/knex.ts";
import { Membership, Territory, type User } from "../models/User.ts";
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
}

/** The people of `users`, in that order, each with roles and factors. */
export async function withRoles(trx: Transaction, users: User[]): Promise<PersonRecord[]> {
  const ids = users.map(({ id }) => id);
  const memberships = await Membership.query(trx).whereIn("user_id", ids).orderBy(["territory_id", "role"]);
  const factors: { user_id: string }[] = await trx("second_factors")
    .whereIn("user_id", ids)
    .whereNotNull("confirmed_at")
    .select("user_id");
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
  for (const { territory_id, role } of current.filter((one) => !keep.has(keyOf(one))))
    await Membership.query(trx).delete().where({ user_id: userId, territory_id, role });
  for (const [key, { territory_id, role }] of new Map(wanted.map((one) => [keyOf(one), one])))
    if (!had.has(key)) await Membership.query(trx).insert({ user_id: userId, territory_id, role });
}

/** Ends all sessions of a person. */
export async function endSessions(trx: Transaction, userId: string): Promise<void> {
  await Session.query(trx)
    .patch({ revoked_at: new Date() })
    .where({ user_id: userId })
    .whereNull("revoked_at");
}

import type { Transaction } from "../../store/db/knex.ts";
import { ScimPerson } from "../../store/models/Scim.ts";
import { User } from "../../store/models/User.ts";
import type { PersonAttributes } from "./attributes.ts";
import { noResource } from "./error.ts";
import { asManyAsFit, MOST_JOINED } from "./query.ts";

/** Somebody as a directory sees them. */
export interface KeptPerson {
  user: User;
  /** Null for somebody whom it has not taken over yet. */
  kept: ScimPerson | null;
  groups: { id: string; name: string }[];
}

/** @throws ScimError 404 */
export async function findOne(trx: Transaction, id: string): Promise<KeptPerson> {
  const user = await User.query(trx).findById(id);
  if (user === undefined) throw noResource();
  const [person] = await pageOf(trx, [user]);
  if (person === undefined) throw noResource();
  return person;
}

/** The first of these people, in that order: as many as one page holds with their groups. Each has fewer groups than that. */
export async function pageOf(trx: Transaction, users: User[]): Promise<KeptPerson[]> {
  const ids = users.map(({ id }) => id);
  const kept = await ScimPerson.query(trx).whereIn("user_id", ids);
  const rows: { user_id: string; id: string; name: string }[] = await trx("scim_group_members")
    .join("scim_groups", "scim_groups.id", "group_id")
    .whereIn("user_id", ids)
    .orderBy(["user_id", "scim_groups.name"])
    .limit(MOST_JOINED + 1)
    .select("user_id", "scim_groups.id", "scim_groups.name");
  const fitting = asManyAsFit(
    users,
    rows.map(({ user_id }) => user_id),
  );
  const keptBy = new Map(kept.map((one) => [one.user_id, one]));
  const groupsBy = Map.groupBy(rows, ({ user_id }) => user_id);
  return fitting.map((user) => ({
    user,
    kept: keptBy.get(user.id) ?? null,
    groups: (groupsBy.get(user.id) ?? []).map(({ id, name }) => ({ id, name })),
  }));
}

/** What a directory knows of somebody; a name of the house's is left to it until the directory writes one. */
export function attributesOf({ user, kept }: KeptPerson): PersonAttributes {
  return {
    userName: user.email,
    externalId: kept?.external_id ?? null,
    names: { ...kept?.names },
    active: null,
  };
}

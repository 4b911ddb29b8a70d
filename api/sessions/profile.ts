import type { Knex } from "knex";
import type { Role } from "../../channels/contract.ts";
import { actAs } from "../../store/db/knex.ts";
import { Membership, Territory, User } from "../../store/models/User.ts";

/** Who is signed in, as the dashboard needs it. */
export interface Profile {
  user_id: string;
  name: string;
  email: string;
  has_password: boolean;
  memberships: { territory_id: string; territory_name: string; role: Role }[];
  roles: Role[];
}

/** A signed-in person's name, territories and roles. */
export async function readProfile(knex: Knex, userId: string): Promise<Profile | null> {
  return await actAs(knex, `user:${userId}`, async (trx) => {
    const user = await User.query(trx).findById(userId);
    if (user === undefined) return null;
    const memberships = await Membership.query(trx).where({ user_id: userId });
    const territories = new Map((await Territory.query(trx)).map(({ id, name }) => [id, name]));
    return {
      user_id: user.id,
      name: user.name,
      email: user.email,
      has_password: user.password_hash !== null,
      memberships: memberships.flatMap(({ territory_id, role }) =>
        territory_id === null
          ? []
          : [{ territory_id, territory_name: territories.get(territory_id) ?? territory_id, role }],
      ),
      roles: memberships.flatMap(({ territory_id, role }) => (territory_id === null ? [role] : [])),
    };
  });
}

import { hash, verify } from "@node-rs/argon2";
import type { Knex } from "knex";
import { record } from "../../store/audit.ts";
import { actAs } from "../../store/knex.ts";
import { Membership, Territory, User } from "../../store/models/User.ts";
import { openSession } from "../../store/sessions.ts";

/** Who is signed in, as the dashboard needs it. */
export interface Profile {
  user_id: string;
  name: string;
  email: string;
  memberships: { territory_id: string; territory_name: string; role: string }[];
  roles: string[];
}

export interface SignedIn {
  userId: string;
  token: string;
  expiresAt: Date;
}

/** Checked when nobody has the address, so that an unknown one takes as long as a wrong password. */
const decoy = hash("nobody has this password");

/** Opens a session for an address and its password, on record either way; null when they don't belong together. */
export function createSignIn(knex: Knex) {
  return async function signIn(email: string, password: string): Promise<SignedIn | null> {
    const user = await actAs(knex, "sign-in", (trx) =>
      User.query(trx).whereRaw("lower(email) = lower(?)", [email]).first(),
    );
    const matches = await verify(user?.password_hash ?? (await decoy), password);
    return await actAs(knex, "sign-in", async (trx) => {
      const welcome =
        user !== undefined && user.password_hash !== null && user.disabled_at === null && matches;
      const payload = { user_id: user?.id ?? null };
      await record(trx, "sign-in", { action: "session.open", outcome: welcome ? "ok" : "denied", payload });
      return welcome ? { userId: user.id, ...(await openSession(trx, user.id)) } : null;
    });
  };
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
      memberships: memberships.flatMap(({ territory_id, role }) =>
        territory_id === null
          ? []
          : [{ territory_id, territory_name: territories.get(territory_id) ?? territory_id, role }],
      ),
      roles: memberships.flatMap(({ territory_id, role }) => (territory_id === null ? [role] : [])),
    };
  });
}

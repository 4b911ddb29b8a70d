import type { Knex } from "knex";
import type { PersonRecord } from "../../store/people/people.ts";
import type { Handlers } from "../http/route.ts";
import { createDirectory } from "./directory.ts";
import type { users } from "./routes.ts";
import type { User } from "./schema.ts";

/** Answers the calls under /api/users. */
export function userHandlers({ knex }: { knex: Knex }): Handlers<typeof users> {
  const directory = createDirectory(knex);
  return {
    list: async ({ caller, query }) => {
      const { items, next } = await directory.list(caller, query);
      return { status: 200, body: { users: items.map(present), next } };
    },

    create: async ({ caller, body }) => {
      const made = await directory.create(caller, body);
      const headers = { Location: `/api/users/${encodeURIComponent(made.id)}` };
      return { status: 201, headers, body: present(made) };
    },

    read: async ({ caller, params }) => ({
      status: 200,
      body: present(await directory.find(caller, params.id)),
    }),

    change: async ({ caller, params, body }) => ({
      status: 200,
      body: present(await directory.change(caller, params.id, body)),
    }),

    disable: async ({ caller, params }) => {
      await directory.disable(caller, params.id);
      return { status: 204 };
    },
  };
}

const present = (user: PersonRecord): User => ({
  user_id: user.id,
  email: user.email,
  name: user.name,
  memberships: user.roles.flatMap(({ territory_id, role }) =>
    territory_id === null ? [] : [{ territory_id, role }],
  ),
  roles: user.roles.flatMap(({ territory_id, role }) => (territory_id === null ? [role] : [])),
  has_password: user.hasPassword,
  second_factor: user.hasSecondFactor,
  created_at: user.created_at.toISOString(),
  disabled_at: user.disabled_at?.toISOString() ?? null,
});

import type { Knex } from "knex";
import type { Registry } from "../../channels/registry.ts";
import type { Handlers } from "../http/route.ts";
import { createPolicies, type NamedPolicy } from "./policies.ts";
import { createReach } from "./reach.ts";
import type { policies } from "./routes.ts";
import type { Policy } from "./schema.ts";

export interface PolicyDeps {
  knex: Knex;
  channels: Pick<Registry, "known" | "names">;
}

/** Answers the calls under /api/escalation-policies. */
export function policyHandlers({ knex, channels }: PolicyDeps): Handlers<typeof policies> {
  const kept = createPolicies(knex, () => channels.known());
  const reach = createReach(knex, () => channels.names());
  return {
    reach: async ({ caller, body }) => ({ status: 200, body: { steps: await reach(caller, body) } }),

    list: async ({ caller, query }) => {
      const { items, next } = await kept.list(caller, query);
      return { status: 200, body: { policies: items.map(present), next } };
    },

    create: async ({ caller, body }) => {
      const made = await kept.create(caller, body);
      const headers = { Location: `/api/escalation-policies/${made.id}` };
      return { status: 201, headers, body: present(made) };
    },

    read: async ({ caller, params }) => ({ status: 200, body: present(await kept.find(caller, params.id)) }),

    change: async ({ caller, params, body }) => ({
      status: 200,
      body: present(await kept.update(caller, params.id, body)),
    }),

    remove: async ({ caller, params }) => {
      await kept.remove(caller, params.id);
      return { status: 204 };
    },
  };
}

const present = ({
  id,
  territory_id,
  name,
  is_default,
  rules,
  targets,
  created_at,
}: NamedPolicy): Policy => ({
  policy_id: id,
  territory_id,
  name,
  is_default,
  rules,
  targets,
  created_at: created_at.toISOString(),
});

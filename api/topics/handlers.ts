import type { Knex } from "knex";
import type { Handlers } from "../http/route.ts";
import type { topics } from "./routes.ts";
import type { Topic } from "./schema.ts";
import { createTopics, type KeptTopic } from "./topics.ts";

/** Answers the calls under /api/topics. */
export function topicHandlers({ knex }: { knex: Knex }): Handlers<typeof topics> {
  const kept = createTopics(knex);
  return {
    list: async ({ caller, query }) => {
      const { items, next } = await kept.list(caller, query);
      return { status: 200, body: { topics: items.map(present), next } };
    },
    create: async ({ caller, body }) => {
      const made = await kept.create(caller, body);
      return { status: 201, headers: { Location: `/api/topics/${made.row.id}` }, body: present(made) };
    },
    read: async ({ caller, params }) => ({ status: 200, body: present(await kept.find(caller, params.id)) }),
    change: async ({ caller, params, body }) => ({
      status: 200,
      body: present(await kept.change(caller, params.id, body)),
    }),
    remove: async ({ caller, params }) => {
      await kept.remove(caller, params.id);
      return { status: 204 };
    },
    findPeople: async ({ caller, params, query }) => {
      const found = await kept.people(caller, params.id, query.q);
      return { status: 200, body: { people: found.map(({ id, name }) => ({ user_id: id, name })) } };
    },
    addMember: async ({ caller, params: { id, user } }) => ({
      status: 200,
      body: present(await kept.addMember(caller, id, user)),
    }),
    removeMember: async ({ caller, params: { id, user } }) => ({
      status: 200,
      body: present(await kept.removeMember(caller, id, user)),
    }),
  };
}

const present = ({ row, members }: KeptTopic): Topic => ({
  topic_id: row.id,
  territory_id: row.territory_id,
  topic: row.topic,
  name: row.name,
  roles: row.roles,
  members: members.map(({ user_id, name, active, by_hand, by_directory }) => ({
    user_id,
    name,
    active,
    from: [...(by_hand ? (["house"] as const) : []), ...(by_directory ? (["directory"] as const) : [])],
  })),
  created_at: row.created_at.toISOString(),
});

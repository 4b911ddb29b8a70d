import type { Knex } from "knex";
import { actAs } from "../../store/db/knex.ts";
import { ServiceKey } from "../../store/models/Service.ts";
import type { Credentials } from "../../store/people/credentials.ts";
import { notFound } from "../http/errors.ts";
import { toPage } from "../http/paging.ts";
import type { Handlers } from "../http/route.ts";
import { createKeyring, type Made } from "./keyring.ts";
import { presentKey } from "./present.ts";
import type { keys } from "./routes.ts";

/** Answers the calls under /api/keys. */
export function keyHandlers({
  knex,
  credentials,
}: {
  knex: Knex;
  credentials: Credentials;
}): Handlers<typeof keys> {
  const keyring = createKeyring(knex, credentials.keys);
  const made = ({ row, secret }: Made) => ({
    status: 201 as const,
    headers: { Location: `/api/keys/${row.id}` },
    body: { ...presentKey(row), key: secret },
  });

  return {
    list: async ({ caller, query: { limit, cursor, service } }) => {
      const rows = await actAs(knex, `user:${caller.userId}`, async (trx) => {
        const found = ServiceKey.query(trx);
        if (service !== undefined) void found.where({ service_id: service });
        if (cursor !== undefined) void found.where("id", "<", cursor[1]);
        return await found.orderBy("id", "desc").limit(limit + 1);
      });
      const { items, next } = toPage(rows, limit, ({ id }) => ["", id]);
      return { status: 200, body: { keys: items.map(presentKey), next } };
    },

    create: async ({ caller, body }) => made(await keyring.create(caller, body)),

    read: async ({ caller, params: { id } }) => {
      const found = await actAs(knex, `user:${caller.userId}`, (trx) => ServiceKey.query(trx).findById(id));
      if (found === undefined) throw notFound();
      return { status: 200, body: presentKey(found) };
    },

    rotate: async ({ caller, params, body }) => made(await keyring.rotate(caller, params.id, body)),

    change: async ({ caller, params, body }) => ({
      status: 200,
      body: presentKey(await keyring.change(caller, params.id, body)),
    }),

    revoke: async ({ caller, params }) => {
      await keyring.revoke(caller, params.id);
      return { status: 204 };
    },
  };
}

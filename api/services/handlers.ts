import type { Knex } from "knex";
import { actAs, type Transaction } from "../../store/db/knex.ts";
import { Service, ServiceKey } from "../../store/models/Service.ts";
import { notFound } from "../http/errors.ts";
import { isUuid } from "../../config/ids.ts";
import { toPage } from "../http/paging.ts";
import type { Handlers } from "../http/route.ts";
import { unlessTaken } from "../http/taken.ts";
import { asAdmin } from "../middleware/admin.ts";
import type { services } from "./routes.ts";
import type { Service as Shown } from "./schema.ts";

/** Answers the calls under /api/services. */
export function serviceHandlers({ knex }: { knex: Knex }): Handlers<typeof services> {
  return {
    list: async ({ caller, query: { limit, cursor } }) => {
      const rows = await actAs(knex, `user:${caller.userId}`, async (trx) => {
        const found = Service.query(trx);
        if (cursor !== undefined) void found.whereRaw("(name, id::text) > (?, ?)", cursor);
        return await found.orderByRaw("name, id::text").limit(limit + 1);
      });
      const { items, next } = toPage(rows, limit, ({ name, id }) => [name, id]);
      return { status: 200, body: { services: items.map(present), next } };
    },

    create: async ({ caller, body: { name } }) => {
      const made = await asAdmin(knex, caller, "service.create", async (trx) => {
        const result = await unlessTaken(
          TAKEN,
          async () => await Service.query(trx).insertAndFetch({ name }),
        );
        return { result, event: { objectId: result.id } };
      });
      return { status: 201, headers: { Location: `/api/services/${made.id}` }, body: present(made) };
    },

    read: async ({ caller, params: { id } }) => {
      const found = await actAs(knex, `user:${caller.userId}`, (trx) => find(trx, id));
      return { status: 200, body: present(found) };
    },

    change: async ({ caller, params, body: { name, disabled } }) => {
      const changed = await asAdmin(knex, caller, "service.update", async (trx) => {
        const before = await find(trx, params.id);
        const result = await unlessTaken(
          TAKEN,
          async () =>
            await Service.query(trx).patchAndFetchById(before.id, {
              name: name ?? before.name,
              disabled_at: disabled === false ? null : before.disabled_at,
            }),
        );
        return { result, event: { objectId: before.id } };
      });
      return { status: 200, body: present(changed) };
    },

    disable: async ({ caller, params }) => {
      await asAdmin(knex, caller, "service.disable", async (trx) => {
        const { id, disabled_at } = await find(trx, params.id);
        const now = new Date();
        await Service.query(trx)
          .findById(id)
          .patch({ disabled_at: disabled_at ?? now });
        const keys = await ServiceKey.query(trx)
          .patch({ revoked_at: now })
          .where({ service_id: id })
          .whereNull("revoked_at");
        return { result: null, event: { objectId: id, payload: { keys } } };
      });
      return { status: 204 };
    },
  };
}

/** @throws Problem 404 */
async function find(trx: Transaction, id: string): Promise<Service> {
  const found = isUuid(id) ? await Service.query(trx).findById(id) : undefined;
  if (found === undefined) throw notFound();
  return found;
}

const TAKEN = "Another service has this name already.";

const present = ({ id, name, created_at, disabled_at }: Service): Shown => ({
  service_id: id,
  name,
  created_at: created_at.toISOString(),
  disabled_at: disabled_at?.toISOString() ?? null,
});

import type { Knex } from "knex";
import { actAs, isPostgresError, type Transaction } from "../../store/db/knex.ts";
import { Membership, Territory } from "../../store/models/User.ts";
import { settingChanges, StoredSettings } from "../../store/settings.ts";
import { conflict, notFound } from "../http/errors.ts";
import { containing, toPage } from "../http/paging.ts";
import type { Handlers } from "../http/route.ts";
import { asAdmin } from "../middleware/admin.ts";
import type { territories } from "./routes.ts";
import type { Territory as Shown } from "./schema.ts";

/** Answers the calls under /api/territories. */
export function territoryHandlers({ knex }: { knex: Knex }): Handlers<typeof territories> {
  return {
    list: async ({ caller, query: { limit, cursor, q, archived } }) => {
      const rows = await actAs(knex, `user:${caller.userId}`, async (trx) => {
        const found = Territory.query(trx).whereRaw("(archived_at IS NOT NULL) = ?", [archived]);
        if (q !== undefined) {
          const pattern = containing(q);
          void found.whereRaw("(name ILIKE ? OR id ILIKE ?)", [pattern, pattern]);
        }
        if (cursor !== undefined) void found.whereRaw("(name, id) > (?, ?)", cursor);
        return await found.orderBy(["name", "id"]).limit(limit + 1);
      });
      const { items, next } = toPage(rows, limit, ({ name, id }) => [name, id]);
      return { status: 200, body: { territories: items.map(present), next } };
    },

    create: async ({ caller, body: { territory_id, name, settings } }) => {
      const made = await asAdmin(knex, caller, "territory.create", async (trx) => {
        try {
          const result = await Territory.query(trx).insertAndFetch({ id: territory_id, name, settings });
          const payload = { settings: settingChanges({}, settings) };
          return { result, event: { ...event(territory_id), payload } };
        } catch (error) {
          if (isPostgresError(error, "23505")) throw conflict("There is, or was, a territory with this id.");
          throw error;
        }
      });
      const headers = { Location: `/api/territories/${encodeURIComponent(territory_id)}` };
      return { status: 201, headers, body: present(made) };
    },

    read: async ({ caller, params: { id } }) => {
      const found = await actAs(knex, `user:${caller.userId}`, (trx) => find(trx, id));
      return { status: 200, body: present(found) };
    },

    change: async ({ caller, params, body }) => {
      const changed = await asAdmin(knex, caller, "territory.update", async (trx) => {
        const { id, settings: stored } = await find(trx, params.id);
        const settings = StoredSettings.parse(withoutNulls({ ...stored, ...body.settings }));
        const result = await Territory.query(trx).patchAndFetchById(id, {
          ...(body.name === undefined ? {} : { name: body.name }),
          ...(body.archived === undefined ? {} : { archived_at: null }),
          settings,
        });
        const payload = { fields: Object.keys(body), settings: settingChanges(stored, settings) };
        return { result, event: { ...event(id), payload } };
      });
      return { status: 200, body: present(changed) };
    },

    archive: async ({ caller, params }) => {
      await asAdmin(knex, caller, "territory.archive", async (trx) => {
        const { id, archived_at } = await find(trx, params.id);
        const members = await Membership.query(trx).where({ territory_id: id }).resultSize();
        if (members > 0) throw conflict(`${members} roles in it are left; take them away first.`);
        await Territory.query(trx)
          .findById(id)
          .patch({ archived_at: archived_at ?? new Date() });
        return { result: null, event: event(id) };
      });
      return { status: 204 };
    },
  };
}

const event = (id: string): { territoryId: string; objectId: string } => ({ territoryId: id, objectId: id });

const withoutNulls = (settings: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== null));

/** @throws Problem 404 */
async function find(trx: Transaction, id: string): Promise<Territory> {
  const found = await Territory.query(trx).findById(id);
  if (found === undefined) throw notFound();
  return found;
}

const present = ({ id, name, settings, created_at, archived_at }: Territory): Shown => ({
  territory_id: id,
  name,
  settings: StoredSettings.safeParse(settings).data ?? settings,
  created_at: created_at.toISOString(),
  archived_at: archived_at?.toISOString() ?? null,
});

import type { Knex } from "knex";
import { actAs, isPostgresError, type Transaction } from "../../store/db/knex.ts";
import { Membership, Territory, User } from "../../store/models/User.ts";
import { openChanges, type PendingChange } from "../../store/people/pending-changes.ts";
import { StoredSettings } from "../../store/settings.ts";
import { must } from "../../config/must.ts";
import { presentChanges } from "../changes/present.ts";
import { conflict, notFound } from "../http/errors.ts";
import { containing, toPage } from "../http/paging.ts";
import type { Handlers } from "../http/route.ts";
import { asAdmin } from "../middleware/admin.ts";
import type { territories } from "./routes.ts";
import { checkRedaction, setUp } from "./settings.ts";
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
        return await withPending(trx, await found.orderBy(["name", "id"]).limit(limit + 1));
      });
      const { items, next } = toPage(rows, limit, ({ territory: { name, id } }) => [name, id]);
      return { status: 200, body: { territories: items.map(present), next } };
    },

    create: async ({ caller, body: { territory_id, name, settings } }) => {
      await checkRedaction(settings.redaction);
      const made = await asAdmin(knex, caller, "territory.create", async (trx) => {
        await insert(trx, territory_id, name);
        const { note } = await setUp(trx, caller, territory_id, {}, settings);
        return { result: await read(trx, territory_id), event: { ...event(territory_id), payload: note } };
      });
      const headers = { Location: `/api/territories/${encodeURIComponent(territory_id)}` };
      return { status: 201, headers, body: present(made) };
    },

    read: async ({ caller, params: { id } }) => {
      const found = await actAs(knex, `user:${caller.userId}`, (trx) => read(trx, id));
      return { status: 200, body: present(found) };
    },

    change: async ({ caller, params, body }) => {
      await checkRedaction(body.settings?.redaction);
      const changed = await asAdmin(knex, caller, "territory.update", async (trx) => {
        const { id, settings: stored } = await find(trx, params.id);
        const row = {
          ...(body.name === undefined ? {} : { name: body.name }),
          ...(body.archived === undefined ? {} : { archived_at: null }),
        };
        if (Object.keys(row).length > 0) await Territory.query(trx).findById(id).patch(row);
        const { note, waits } = await setUp(trx, caller, id, stored, body.settings);
        const payload = { fields: Object.keys(body), ...note };
        return { result: { territory: await read(trx, id), waits }, event: { ...event(id), payload } };
      });
      return { status: changed.waits ? 202 : 200, body: present(changed.territory) };
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

/** @throws Problem 404 */
async function find(trx: Transaction, id: string): Promise<Territory> {
  const found = await Territory.query(trx).findById(id);
  if (found === undefined) throw notFound();
  return found;
}

async function insert(trx: Transaction, id: string, name: string): Promise<void> {
  try {
    await Territory.query(trx).insert({ id, name, settings: {} });
  } catch (error) {
    if (isPostgresError(error, "23505")) throw conflict("There is, or was, a territory with this id.");
    throw error;
  }
}

/** A territory, those whom its settings name, and what waits to be confirmed for it. */
interface WithPending {
  territory: Territory;
  people: Pick<User, "id" | "name">[];
  pending: PendingChange[];
}

async function withPending(trx: Transaction, territories: Territory[]): Promise<WithPending[]> {
  const named = new Map(territories.map((territory) => [territory.id, peopleIn(territory)]));
  const people = await User.query(trx)
    .whereIn("id", [...named.values()].flat())
    .select("id", "name")
    .orderBy("id");
  const ids = territories.map(({ id }) => id);
  const all = await openChanges(trx).where({ kind: "territory" }).whereIn("subject_id", ids);
  return territories.map((territory) => ({
    territory,
    people: people.filter(({ id }) => named.get(territory.id)?.includes(id)),
    pending: all.filter(({ subject_id }) => subject_id === territory.id),
  }));
}

/** The ids of the people whom a territory's settings name. */
function peopleIn({ settings }: Territory): string[] {
  const { last_resort, privacy_officer } = StoredSettings.safeParse(settings).data ?? {};
  const resort = last_resort !== undefined && "user_id" in last_resort ? [last_resort.user_id] : [];
  return [...resort, ...(privacy_officer === undefined ? [] : [privacy_officer])];
}

/** @throws Problem 404 */
async function read(trx: Transaction, id: string): Promise<WithPending> {
  return must((await withPending(trx, [await find(trx, id)]))[0], "territory");
}

const present = ({
  territory: { id, name, settings, created_at, archived_at },
  people,
  pending,
}: WithPending): Shown => ({
  territory_id: id,
  name,
  settings: StoredSettings.safeParse(settings).data ?? settings,
  people: people.map((one) => ({ user_id: one.id, name: one.name })),
  created_at: created_at.toISOString(),
  archived_at: archived_at?.toISOString() ?? null,
  pending_changes: presentChanges(pending),
});

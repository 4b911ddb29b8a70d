import type { Knex } from "knex";
import Router from "koa-router";
import { actAs, isPostgresError, type Transaction } from "../../store/db/knex.ts";
import { Membership, Territory } from "../../store/models/User.ts";
import { conflict, notFound } from "../http/errors.ts";
import { admin, asAdmin } from "../middleware/admin.ts";
import { json, validate } from "../middleware/body.ts";
import { person, personOf, type Site } from "../middleware/person.ts";
import { containing, decodePlace, isId, toPage } from "../http/paging.ts";
import { NewTerritory, TerritoriesQuery, type Territory as Shown, TerritoryChange } from "./schema.ts";

/** The routes under /api/territories, for admins. One that is deleted is archived: history points to it. */
export function territoryRoutes({ knex, site }: { knex: Knex; site: Site }): Router {
  const router = new Router({ prefix: "/api/territories" });
  const only = [person(knex, site), admin(knex)] as const;

  router.get("/", ...only, async (ctx) => {
    const query = validate(TerritoriesQuery, { ...ctx.query });
    const place = query.cursor === undefined ? null : decodePlace(query.cursor);
    const rows = await actAs(knex, `user:${personOf(ctx).userId}`, async (trx) => {
      const found = Territory.query(trx).whereRaw("(archived_at IS NOT NULL) = ?", [query.archived]);
      if (query.q !== undefined) {
        const pattern = containing(query.q);
        void found.whereRaw("(name ILIKE ? OR id ILIKE ?)", [pattern, pattern]);
      }
      if (place !== null) void found.whereRaw("(name, id) > (?, ?)", place);
      return await found.orderBy(["name", "id"]).limit(query.limit + 1);
    });
    const { items, next } = toPage(rows, query.limit, ({ name, id }) => [name, id]);
    ctx.body = { territories: items.map(present), next };
  });

  router.post("/", ...only, json(), async (ctx) => {
    const { territory_id, name, settings } = validate(NewTerritory, ctx.state["body"]);
    const made = await asAdmin(knex, personOf(ctx), "territory.create", async (trx) => {
      try {
        const row = { id: territory_id, name, settings: withoutNulls(settings) };
        return { result: await Territory.query(trx).insertAndFetch(row), event: event(territory_id) };
      } catch (error) {
        if (isPostgresError(error, "23505")) throw conflict("There is, or was, a territory with this id.");
        throw error;
      }
    });
    ctx.set("Location", `/api/territories/${encodeURIComponent(territory_id)}`);
    ctx.status = 201;
    ctx.body = present(made);
  });

  router.get("/:id", ...only, async (ctx) => {
    ctx.body = present(
      await actAs(knex, `user:${personOf(ctx).userId}`, (trx) => find(trx, ctx.params["id"] ?? "")),
    );
  });

  router.patch("/:id", ...only, json(), async (ctx) => {
    const change = validate(TerritoryChange, ctx.state["body"]);
    const changed = await asAdmin(knex, personOf(ctx), "territory.update", async (trx) => {
      const { id, settings } = await find(trx, ctx.params["id"] ?? "");
      const result = await Territory.query(trx).patchAndFetchById(id, {
        ...(change.name === undefined ? {} : { name: change.name }),
        ...(change.archived === undefined ? {} : { archived_at: null }),
        settings: withoutNulls({ ...settings, ...change.settings }),
      });
      return { result, event: { ...event(id), payload: { fields: Object.keys(change) } } };
    });
    ctx.body = present(changed);
  });

  router.delete("/:id", ...only, async (ctx) => {
    await asAdmin(knex, personOf(ctx), "territory.archive", async (trx) => {
      const { id, archived_at } = await find(trx, ctx.params["id"] ?? "");
      const members = await Membership.query(trx).where({ territory_id: id }).resultSize();
      if (members > 0) throw conflict(`${members} roles in it are left; take them away first.`);
      await Territory.query(trx)
        .findById(id)
        .patch({ archived_at: archived_at ?? new Date() });
      return { result: null, event: event(id) };
    });
    ctx.status = 204;
  });

  return router;
}

const event = (id: string): { territoryId: string; objectId: string } => ({ territoryId: id, objectId: id });

const withoutNulls = (settings: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== null));

async function find(trx: Transaction, id: string): Promise<Territory> {
  const found = isId(id) ? await Territory.query(trx).findById(id) : undefined;
  if (found === undefined) throw notFound();
  return found;
}

const present = ({ id, name, settings, created_at, archived_at }: Territory): Shown => ({
  territory_id: id,
  name,
  settings,
  created_at: created_at.toISOString(),
  archived_at: archived_at?.toISOString() ?? null,
});

import type { Knex } from "knex";
import Router from "koa-router";
import { actAs, isPostgresError, type Transaction } from "../../store/db/knex.ts";
import { Service, ServiceKey } from "../../store/models/Service.ts";
import { isUuid } from "../http/cursor.ts";
import { conflict, notFound } from "../http/errors.ts";
import { admin, asAdmin } from "../middleware/admin.ts";
import { json, validate } from "../middleware/body.ts";
import { person, personOf, type Site } from "../middleware/person.ts";
import { Page } from "../notifications/schema.ts";
import { decodePlace, toPage } from "../http/paging.ts";
import { NewService, type Service as Shown, ServiceChange } from "../keys/schema.ts";

/** The routes under /api/services, for admins: the systems that send. One that is deleted is disabled. */
export function serviceRoutes({ knex, site }: { knex: Knex; site: Site }): Router {
  const router = new Router({ prefix: "/api/services" });
  const only = [person(knex, site), admin(knex)] as const;

  router.get("/", ...only, async (ctx) => {
    const { limit, cursor } = validate(Page, { ...ctx.query });
    const place = cursor === undefined ? null : decodePlace(cursor);
    const rows = await actAs(knex, `user:${personOf(ctx).userId}`, async (trx) => {
      const found = Service.query(trx);
      if (place !== null) void found.whereRaw("(name, id::text) > (?, ?)", place);
      return await found.orderByRaw("name, id::text").limit(limit + 1);
    });
    const { items, next } = toPage(rows, limit, ({ name, id }) => [name, id]);
    ctx.body = { services: items.map(present), next };
  });

  router.post("/", ...only, json(), async (ctx) => {
    const { name } = validate(NewService, ctx.state["body"]);
    const made = await asAdmin(knex, personOf(ctx), "service.create", async (trx) => {
      const result = await unlessTaken(async () => await Service.query(trx).insertAndFetch({ name }));
      return { result, event: { objectId: result.id } };
    });
    ctx.set("Location", `/api/services/${made.id}`);
    ctx.status = 201;
    ctx.body = present(made);
  });

  router.get("/:id", ...only, async (ctx) => {
    ctx.body = present(
      await actAs(knex, `user:${personOf(ctx).userId}`, (trx) => find(trx, ctx.params["id"] ?? "")),
    );
  });

  router.patch("/:id", ...only, json(), async (ctx) => {
    const { name, disabled } = validate(ServiceChange, ctx.state["body"]);
    const changed = await asAdmin(knex, personOf(ctx), "service.update", async (trx) => {
      const before = await find(trx, ctx.params["id"] ?? "");
      const result = await unlessTaken(
        async () =>
          await Service.query(trx).patchAndFetchById(before.id, {
            name: name ?? before.name,
            disabled_at: disabled === false ? null : before.disabled_at,
          }),
      );
      return { result, event: { objectId: before.id } };
    });
    ctx.body = present(changed);
  });

  router.delete("/:id", ...only, async (ctx) => {
    await asAdmin(knex, personOf(ctx), "service.disable", async (trx) => {
      const { id, disabled_at } = await find(trx, ctx.params["id"] ?? "");
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
    ctx.status = 204;
  });

  return router;
}

/** @throws Problem 404 */
export async function find(trx: Transaction, id: string): Promise<Service> {
  const found = isUuid(id) ? await Service.query(trx).findById(id) : undefined;
  if (found === undefined) throw notFound();
  return found;
}

async function unlessTaken<T>(write: () => Promise<T>): Promise<T> {
  try {
    return await write();
  } catch (error) {
    if (isPostgresError(error, "23505")) throw conflict("Another service has this name already.");
    throw error;
  }
}

const present = ({ id, name, created_at, disabled_at }: Service): Shown => ({
  service_id: id,
  name,
  created_at: created_at.toISOString(),
  disabled_at: disabled_at?.toISOString() ?? null,
});

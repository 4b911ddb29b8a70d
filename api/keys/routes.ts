import type { Knex } from "knex";
import Router from "koa-router";
import { actAs } from "../../store/db/knex.ts";
import { ServiceKey } from "../../store/models/Service.ts";
import { notFound } from "../http/errors.ts";
import { admin } from "../middleware/admin.ts";
import { json, validate } from "../middleware/body.ts";
import { person, personOf, type Site } from "../middleware/person.ts";
import { decodePlace, isId, toPage } from "../http/paging.ts";
import { createKeyring } from "./keyring.ts";
import { presentKey } from "./present.ts";
import { KeyChange, KeysQuery, NewKey, Rotation } from "./schema.ts";

/** The routes under /api/keys, for admins. One that is deleted is revoked: the record names it. */
export function keyRoutes({ knex, site }: { knex: Knex; site: Site }): Router {
  const keyring = createKeyring(knex);
  const router = new Router({ prefix: "/api/keys" });
  const only = [person(knex, site), admin(knex)] as const;

  router.get("/", ...only, async (ctx) => {
    const { limit, cursor, service } = validate(KeysQuery, { ...ctx.query });
    const place = cursor === undefined ? null : decodePlace(cursor);
    const rows = await actAs(knex, `user:${personOf(ctx).userId}`, async (trx) => {
      const found = ServiceKey.query(trx);
      if (service !== undefined) void found.where({ service_id: service });
      if (place !== null) void found.where("id", "<", place[1]);
      return await found.orderBy("id", "desc").limit(limit + 1);
    });
    const { items, next } = toPage(rows, limit, ({ id }) => ["", id]);
    ctx.body = { keys: items.map(presentKey), next };
  });

  router.post("/", ...only, json(), async (ctx) => {
    const { row, secret } = await keyring.create(personOf(ctx), validate(NewKey, ctx.state["body"]));
    ctx.set("Location", `/api/keys/${row.id}`);
    ctx.status = 201;
    ctx.body = { ...presentKey(row), key: secret };
  });

  router.get("/:id", ...only, async (ctx) => {
    const id = ctx.params["id"] ?? "";
    const found = isId(id)
      ? await actAs(knex, `user:${personOf(ctx).userId}`, (trx) => ServiceKey.query(trx).findById(id))
      : undefined;
    if (found === undefined) throw notFound();
    ctx.body = presentKey(found);
  });

  router.post("/:id/rotate", ...only, json({ optional: true }), async (ctx) => {
    const rotation = validate(Rotation, ctx.state["body"]);
    const { row, secret } = await keyring.rotate(personOf(ctx), ctx.params["id"] ?? "", rotation);
    ctx.set("Location", `/api/keys/${row.id}`);
    ctx.status = 201;
    ctx.body = { ...presentKey(row), key: secret };
  });

  router.patch("/:id", ...only, json(), async (ctx) => {
    const change = validate(KeyChange, ctx.state["body"]);
    ctx.body = presentKey(await keyring.change(personOf(ctx), ctx.params["id"] ?? "", change));
  });

  router.delete("/:id", ...only, async (ctx) => {
    await keyring.revoke(personOf(ctx), ctx.params["id"] ?? "");
    ctx.status = 204;
  });

  return router;
}

import type { Knex } from "knex";
import Router from "koa-router";
import type { PersonRecord } from "../../store/people/people.ts";
import { admin } from "../middleware/admin.ts";
import { json, validate } from "../middleware/body.ts";
import { person, personOf, type Site } from "../middleware/person.ts";
import { createDirectory } from "./directory.ts";
import { NewUser, type User, UserChange, UsersQuery } from "./schema.ts";

/** The routes under /api/users, for admins. One that is deleted is disabled: history points to it. */
export function userRoutes({ knex, site }: { knex: Knex; site: Site }): Router {
  const directory = createDirectory(knex);
  const router = new Router({ prefix: "/api/users" });
  const only = [person(knex, site), admin(knex)] as const;

  router.get("/", ...only, async (ctx) => {
    const { items, next } = await directory.list(personOf(ctx), validate(UsersQuery, { ...ctx.query }));
    ctx.body = { users: items.map(present), next };
  });

  router.post("/", ...only, json(), async (ctx) => {
    const made = await directory.create(personOf(ctx), validate(NewUser, ctx.state["body"]));
    ctx.set("Location", `/api/users/${encodeURIComponent(made.id)}`);
    ctx.status = 201;
    ctx.body = present(made);
  });

  router.get("/:id", ...only, async (ctx) => {
    ctx.body = present(await directory.find(personOf(ctx), ctx.params["id"] ?? ""));
  });

  router.patch("/:id", ...only, json(), async (ctx) => {
    const change = validate(UserChange, ctx.state["body"]);
    ctx.body = present(await directory.change(personOf(ctx), ctx.params["id"] ?? "", change));
  });

  router.delete("/:id", ...only, async (ctx) => {
    await directory.disable(personOf(ctx), ctx.params["id"] ?? "");
    ctx.status = 204;
  });

  return router;
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

import type { Knex } from "knex";
import Router from "koa-router";
import type { Registry } from "../../channels/registry.ts";
import type { EscalationPolicy } from "../../store/models/EscalationPolicy.ts";
import { json, validate } from "../middleware/body.ts";
import { person, personOf, type Site } from "../middleware/person.ts";
import { createPolicies } from "./policies.ts";
import { NewPolicy, PoliciesQuery, type Policy, PolicyChange } from "./schema.ts";

/** The routes under /api/escalation-policies, for supervisors. */
export function policyRoutes(deps: { knex: Knex; site: Site; channels: Pick<Registry, "known"> }): Router {
  const { knex, site, channels } = deps;
  const policies = createPolicies(knex, () => channels.known());
  const router = new Router({ prefix: "/api/escalation-policies" });

  router.get("/", person(knex, site), async (ctx) => {
    const page = await policies.list(personOf(ctx), validate(PoliciesQuery, { ...ctx.query }));
    ctx.body = { policies: page.policies.map(present), next: page.next };
  });

  router.post("/", person(knex, site), json(), async (ctx) => {
    const made = await policies.create(personOf(ctx), validate(NewPolicy, ctx.state["body"]));
    ctx.set("Location", `/api/escalation-policies/${made.id}`);
    ctx.status = 201;
    ctx.body = present(made);
  });

  router.get("/:id", person(knex, site), async (ctx) => {
    ctx.body = present(await policies.find(personOf(ctx), ctx.params["id"] ?? ""));
  });

  router.patch("/:id", person(knex, site), json(), async (ctx) => {
    const change = validate(PolicyChange, ctx.state["body"]);
    ctx.body = present(await policies.update(personOf(ctx), ctx.params["id"] ?? "", change));
  });

  router.delete("/:id", person(knex, site), async (ctx) => {
    await policies.remove(personOf(ctx), ctx.params["id"] ?? "");
    ctx.status = 204;
  });

  return router;
}

const present = ({ id, territory_id, name, is_default, rules, created_at }: EscalationPolicy): Policy => ({
  policy_id: id,
  ...{ territory_id, name, is_default, rules },
  created_at: created_at.toISOString(),
});

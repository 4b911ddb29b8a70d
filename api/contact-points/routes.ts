import Router from "koa-router";
import { LIVE } from "../../channels/contract.ts";
import type { Running } from "../../channels/registry.ts";
import { notFound } from "../http/errors.ts";
import { json, validate } from "../middleware/body.ts";
import { person, personOf, type Site } from "../middleware/person.ts";
import { type ContactDeps, createContactPoints } from "./points.ts";
import { presentContact } from "./present.ts";
import { Code, NewAddress } from "./schema.ts";

/** The routes under /api/contact-points: where the channels reach the person who asks. */
export function contactRoutes(deps: ContactDeps & { site: Site }): Router {
  const { knex, site, channels } = deps;
  const contacts = createContactPoints(deps);
  const router = new Router({ prefix: "/api/contact-points" });

  const running = (name = ""): Running => {
    const found = name === LIVE ? undefined : channels.get(name);
    if (found === undefined) throw notFound();
    return found;
  };

  router.get("/", person(knex, site), async (ctx) => {
    ctx.body = { contact_points: (await contacts.list(personOf(ctx))).map(presentContact) };
  });

  router.put("/:channel", person(knex, site), json(), async (ctx) => {
    const channel = running(ctx.params["channel"]);
    const { address } = validate(NewAddress, ctx.state["body"]);
    ctx.body = presentContact(await contacts.set(personOf(ctx), channel, address));
  });

  router.post("/:channel/verify", person(knex, site), json(), async (ctx) => {
    const { code } = validate(Code, ctx.state["body"]);
    ctx.body = presentContact(await contacts.verify(personOf(ctx), ctx.params["channel"] ?? "", code));
  });

  router.delete("/:channel", person(knex, site), async (ctx) => {
    await contacts.remove(personOf(ctx), ctx.params["channel"] ?? "");
    ctx.status = 204;
  });

  return router;
}

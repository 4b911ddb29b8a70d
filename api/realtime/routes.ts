import type { Knex } from "knex";
import Router from "koa-router";
import { issueTicket, TICKET_TTL } from "../../store/people/sessions.ts";
import { json, validate } from "../middleware/body.ts";
import { person, personOf, type Site } from "../middleware/person.ts";
import { Nothing } from "../notifications/schema.ts";

/** Tickets for clients that open the live channel without a cookie. */
export function realtimeRoutes({ knex, site }: { knex: Knex; site: Site }): Router {
  const router = new Router({ prefix: "/api/realtime" });
  router.post("/tickets", person(knex, site, { background: true }), json({ optional: true }), async (ctx) => {
    validate(Nothing, ctx.state["body"]);
    ctx.status = 201;
    ctx.body = { ticket: await issueTicket(knex, personOf(ctx).sessionId), expires_in: TICKET_TTL };
  });
  return router;
}

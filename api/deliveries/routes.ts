import Router from "koa-router";
import { json, validate } from "../middleware/body.ts";
import { person, personOf, type Site } from "../middleware/person.ts";
import { deliveriesCsv } from "./csv.ts";
import { createHistory } from "./history.ts";
import { Nothing } from "../notifications/schema.ts";
import { presentDelivery } from "./present.ts";
import { createRedeliver, type RedeliverDeps } from "./redeliver.ts";
import { DeliveriesQuery } from "./schema.ts";

/** The routes under /api/deliveries, for supervisors: the history, and delivering once more. */
export function deliveryRoutes(deps: RedeliverDeps & { site: Site }): Router {
  const { knex, site } = deps;
  const history = createHistory(knex);
  const redeliver = createRedeliver(deps);
  const router = new Router({ prefix: "/api/deliveries" });

  router.get("/", person(knex, site), async (ctx) => {
    const { deliveries, next } = await history(personOf(ctx), validate(DeliveriesQuery, { ...ctx.query }));
    const rows = deliveries.map(presentDelivery);
    if (ctx.accepts("json", "text/csv") === "text/csv") {
      ctx.type = "text/csv; charset=utf-8";
      ctx.attachment("deliveries.csv");
      if (next !== null) ctx.set("Link", `<?cursor=${next}>; rel="next"`);
      ctx.body = deliveriesCsv(rows);
    } else {
      ctx.body = { deliveries: rows, next };
    }
  });

  router.post("/:id/redeliver", person(knex, site), json({ optional: true }), async (ctx) => {
    validate(Nothing, ctx.state["body"]);
    const made = presentDelivery(await redeliver(personOf(ctx), ctx.params["id"] ?? ""));
    ctx.set("Location", `/api/notifications/${made.notification_id}/deliveries`);
    ctx.status = 202;
    ctx.body = made;
  });

  return router;
}

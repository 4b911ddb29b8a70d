import type { Knex } from "knex";
import Router from "koa-router";
import { validate } from "../middleware/body.ts";
import { person, personOf, type Site } from "../middleware/person.ts";
import { deliveriesCsv } from "./csv.ts";
import { createHistory } from "./history.ts";
import { presentDelivery } from "./present.ts";
import { DeliveriesQuery } from "./schema.ts";

/** The routes under /api/deliveries: the history that supervisors follow. */
export function deliveryRoutes({ knex, site }: { knex: Knex; site: Site }): Router {
  const history = createHistory(knex);
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

  return router;
}

import type { Knex } from "knex";
import Router from "koa-router";
import { toCsv } from "../http/csv.ts";
import { validate } from "../middleware/body.ts";
import { person, personOf, type Site } from "../middleware/person.ts";
import { auditor } from "./auditor.ts";
import { COLUMNS, flatten } from "./present.ts";
import { createAuditReader } from "./read.ts";
import { AuditExport, AuditQuery } from "./schema.ts";

/** The routes under /api/audit: the record, for auditors. */
export function auditRoutes({ knex, site }: { knex: Knex; site: Site }): Router {
  const read = createAuditReader(knex);
  const router = new Router({ prefix: "/api/audit" });

  router.get("/", person(knex, site), auditor(knex), async (ctx) => {
    ctx.set("Cache-Control", "no-store");
    if (ctx.accepts("json", "text/csv") === "text/csv") {
      const query = validate(AuditExport, { ...ctx.query });
      const { events, next } = await read(personOf(ctx), query, "audit.export");
      ctx.type = "text/csv; charset=utf-8";
      ctx.attachment("audit.csv");
      if (next !== null) {
        const place = new URLSearchParams(ctx.querystring);
        place.set("cursor", next);
        ctx.set("Link", `<?${place}>; rel="next"`);
      }
      ctx.body = toCsv(COLUMNS, events.map(flatten));
    } else {
      ctx.body = await read(personOf(ctx), validate(AuditQuery, { ...ctx.query }), "audit.read");
    }
  });

  return router;
}

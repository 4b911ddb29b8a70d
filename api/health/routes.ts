import type { Knex } from "knex";
import Router from "koa-router";
import type { Registry } from "prom-client";
import { person, type Site } from "../middleware/person.ts";
import { checkParts, type HealthDeps } from "./checks.ts";

/** Whether the process lives, whether it can serve, how each part is, and its counters. */
export function healthRoutes(
  deps: HealthDeps & { knex: Knex; site: Site; metrics: Registry; isDraining: () => boolean },
): Router {
  const router = new Router();

  router.get("/healthz", (ctx) => {
    ctx.body = { status: "ok" };
  });

  // Without Temporal or Redis a node still takes sends and serves inboxes; without PostgreSQL it can do nothing.
  router.get("/readyz", async (ctx) => {
    const parts = await checkParts(deps);
    const ready = parts["postgres"]?.state === "up" && !deps.isDraining();
    ctx.status = ready ? 200 : 503;
    ctx.body = {
      status: ready ? "ok" : deps.isDraining() ? "draining" : "unavailable",
      parts: Object.fromEntries(Object.entries(parts).map(([name, { state }]) => [name, state])),
    };
  });

  router.get("/metrics", async (ctx) => {
    ctx.type = deps.metrics.contentType;
    ctx.body = await deps.metrics.metrics();
  });

  router.get("/api/diagnostics", person(deps.knex, deps.site), async (ctx) => {
    ctx.body = await checkParts(deps);
  });

  return router;
}

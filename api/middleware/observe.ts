import type { Context, Next } from "koa";
import { randomUUID } from "node:crypto";
import type { Logger } from "../../config/log.ts";
import type { Metrics } from "../../node/metrics.ts";

/** The pattern of the route that answers a request; null where none does. */
export const routeOf = (ctx: Context): string | null =>
  typeof ctx["_matchedRoute"] === "string" ? ctx["_matchedRoute"] : null;

/** Gives each request an id, which its answer and its log lines carry, and counts it by route pattern. */
export function observe(log: Logger, metrics: Metrics) {
  return async (ctx: Context, next: Next): Promise<void> => {
    const start = performance.now();
    const requestId = randomUUID();
    ctx.set("X-Request-Id", requestId);
    await next();
    const route = routeOf(ctx) ?? "other";
    const ms = performance.now() - start;
    metrics.request(ctx.method, route, ctx.status, ms / 1_000);
    if (route !== "other")
      log.debug({ requestId, method: ctx.method, route, status: ctx.status, ms: Math.round(ms) }, "answered");
  };
}

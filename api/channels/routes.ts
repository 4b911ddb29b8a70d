import Router from "koa-router";
import type { Registry } from "../../channels/registry.ts";
import { person } from "../middleware/person.ts";
import { type CallbackDeps, createCallback } from "./status.ts";

export interface ChannelRouteDeps extends CallbackDeps {
  channels: Registry;
}

/** The routes under /api/channels: which there are, how each one is, and what their providers report. */
export function channelRoutes(deps: ChannelRouteDeps): Router {
  const { knex, site, channels } = deps;
  const callback = createCallback(deps);
  const router = new Router({ prefix: "/api/channels" });
  router.get("/", person(knex, site), async (ctx) => {
    ctx.body = { channels: await channels.checks() };
  });
  router.post("/:name/status", async (ctx) => {
    await callback(ctx, ctx.params["name"] ?? "");
    ctx.status = 204;
  });
  return router;
}

import type { Knex } from "knex";
import Router from "koa-router";
import type { Registry } from "../../channels/registry.ts";
import { person, type Site } from "../middleware/person.ts";

export interface ChannelRouteDeps {
  knex: Knex;
  site: Site;
  channels: Registry;
}

/** The routes under /api/channels: which there are, and how each one is. */
export function channelRoutes({ knex, site, channels }: ChannelRouteDeps): Router {
  const router = new Router({ prefix: "/api/channels" });
  router.get("/", person(knex, site), async (ctx) => {
    ctx.body = { channels: await channels.checks() };
  });
  return router;
}

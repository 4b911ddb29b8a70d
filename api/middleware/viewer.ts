import type { Knex } from "knex";
import type { Context, Next } from "koa";
import type { Actor } from "../../store/db/knex.ts";
import { unauthorized } from "../http/errors.ts";
import { identify, type Site } from "./person.ts";
import { identifyService, refuseKey } from "./service.ts";

/** Lets in whoever may follow a notification: its sender by key, people by session. Row-level security does the rest. */
export function viewer(knex: Knex, site: Site) {
  return async (ctx: Context, next: Next): Promise<void> => {
    ctx.state["viewer"] = await actorOf(knex, site, ctx);
    await next();
  };
}

async function actorOf(knex: Knex, site: Site, ctx: Context): Promise<Actor> {
  const service = await identifyService(knex, ctx);
  if (service !== null) return `service:${service.serviceId}`;
  const person = await identify(knex, site, ctx);
  if (person !== null) return `user:${person.userId}`;
  if (ctx.get("Authorization") !== "") await refuseKey(knex, ctx);
  throw unauthorized("Sign in, or send the sender's key.");
}

/** Who `viewer()` let in. */
export const viewerOf = (ctx: Context): Actor => ctx.state["viewer"];

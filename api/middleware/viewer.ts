import type { Knex } from "knex";
import type { Context, Next } from "koa";
import type { Actor } from "../../store/knex.ts";
import { findService } from "../../store/services.ts";
import { unauthorized } from "../errors.ts";
import { identify, type Site } from "./person.ts";

/** Lets in whoever may follow a notification: its sender by key, people by session. Row-level security does the rest. */
export function viewer(knex: Knex, site: Site) {
  return async (ctx: Context, next: Next): Promise<void> => {
    ctx.state["viewer"] = await actorOf(knex, site, ctx);
    await next();
  };
}

async function actorOf(knex: Knex, site: Site, ctx: Context): Promise<Actor> {
  const key = /^Bearer +(\S+)$/i.exec(ctx.get("Authorization"))?.[1];
  const service = key === undefined ? null : await findService(knex, key);
  if (service !== null) return `service:${service.serviceId}`;
  const person = await identify(knex, site, ctx);
  if (person === null) throw unauthorized("Sign in, or send the sender's key.");
  return `user:${person.userId}`;
}

/** Who `viewer()` let in. */
export const viewerOf = (ctx: Context): Actor => ctx.state["viewer"];

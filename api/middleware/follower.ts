import type { Knex } from "knex";
import type { Context } from "koa";
import { findService, type Follower } from "../../store/people/services.ts";
import { unauthorized } from "../http/errors.ts";
import type { RateLimits } from "./limits.ts";
import { identify, refuseLimited, type Site } from "./person.ts";
import { identifyService, type KeyFinding, refuseKey } from "./service.ts";

/**
 * Whoever may follow a notification: its sender by key, people by session. Row-level security does the rest,
 * but that a key sees what lies in its territories alone.
 * @throws Problem 401, 429
 */
export async function requireFollower(
  ctx: Context,
  { knex, site, limits, ...finding }: KeyFinding & { knex: Knex; site: Site; limits: RateLimits },
): Promise<Follower> {
  const service = await identifyService(ctx, { ...finding, findKey: (key) => findService(knex, key) });
  if (service !== null) {
    const { serviceId, territories, keyId } = service;
    return { actor: `service:${serviceId}`, territories, followerKey: keyId };
  }
  const person = await identify(knex, site, ctx);
  if (person !== null) refuseLimited(person);
  if (person !== null) return { actor: `user:${person.userId}`, territories: null, followerKey: null };
  if (ctx.get("Authorization") !== "") await refuseKey(knex, limits, ctx);
  throw unauthorized("Sign in, or send the sender's key.");
}

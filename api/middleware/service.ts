import type { Knex } from "knex";
import type { Context } from "koa";
import { record } from "../../store/audit/record.ts";
import { actAs, type Actor } from "../../store/db/knex.ts";
import type { Credentials } from "../../store/people/credentials.ts";
import { isAmong, type Known } from "../../store/people/key-ids.ts";
import { readKey } from "../../store/people/key-secrets.ts";
import type { ServiceIdentity } from "../../store/people/services.ts";
import { bearerOf } from "../http/bearer.ts";
import { unauthorized } from "../http/errors.ts";
import { networkOf } from "./client.ts";
import type { Lookups } from "./lookups.ts";
import { isWithin, type RateLimit, type RateLimits, Throttled } from "./limits.ts";

/**
 * The upstream service that calls, by its key and as often as its rate allows. Every failure gets the same 401 and a
 * record; too many wrong keys of one address get 429 instead. A valid key is let in from anywhere: other services may share
 * the address of one that is misconfigured.
 * @throws Problem 401, 429
 */
export async function requireService(
  ctx: Context,
  { knex, limits, ...finding }: KeyFinding & { knex: Knex; limits: RateLimits },
): Promise<ServiceIdentity> {
  const found = await identifyService(ctx, finding);
  if (found === null) {
    ctx.set("Connection", "close");
    await refuseKey(knex, limits, ctx);
    throw unauthorized("Send a valid key as Authorization: Bearer <key>.");
  }
  await limitSends(knex, limits.sends, found);
  return found;
}

/** By which a key is looked up. */
export interface KeyFinding {
  /** The service behind a key, by a look into the database. */
  findKey: (key: string) => Promise<ServiceIdentity | null>;
  credentials: Credentials;
  keyIds: Known;
  lookups: Lookups;
}

/**
 * The service whose key came along, or null. A key that is made up costs no look-up, unless it has the form of those from before there
 * was a MAC in them, and the id of one that there is.
 * @throws Throttled where too many of those come from one address
 */
export async function identifyService(
  ctx: Context,
  { findKey, credentials, keyIds, lookups }: KeyFinding,
): Promise<ServiceIdentity | null> {
  const key = bearerOf(ctx);
  const shown = readKey(key);
  if (shown === null) return null;
  const find = (): Promise<ServiceIdentity | null> => findKey(key);
  switch (credentials.keys.judge(shown)) {
    case "made up":
      return null;
    case "ours":
      return await find();
    case "older":
      if (!(await isAmong(keyIds, shown.id))) return null;
      return await lookups.find(key, `key at ${networkOf(ctx)}`, find);
  }
}

/**
 * Counts a failed key and puts it on record. A call without one is no guess: it counts for nothing, and only so many go on
 * record.
 * @throws Throttled, on record once, when there are too many
 */
export async function refuseKey(knex: Knex, limits: RateLimits, ctx: Context): Promise<void> {
  if (ctx.get("Authorization") === "") {
    if (await isWithin(limits.unnamed, networkOf(ctx))) await recordFailure(knex, "service.authenticate");
    return;
  }
  try {
    await limits.keys.take(networkOf(ctx));
  } catch (error) {
    if (error instanceof Throttled && error.first) await recordFailure(knex, "service.throttle");
    throw error;
  }
  await recordFailure(knex, "service.authenticate");
}

const recordFailure = (knex: Knex, action: `service.${string}`): Promise<void> =>
  actAs(knex, "sign-in", (trx) => record(trx, "sign-in", { action, outcome: "denied" }));

/** Counts what a key sends. @throws Throttled, on record once, when that is too many */
export async function limitSends(
  knex: Knex,
  limit: RateLimit,
  { serviceId, keyId }: ServiceIdentity,
  many = 1,
): Promise<void> {
  try {
    await limit.take(keyId, many);
  } catch (error) {
    if (error instanceof Throttled && error.first) {
      const actor: Actor = `service:${serviceId}`;
      const payload = { key_id: keyId, status: 429 };
      await actAs(knex, actor, (trx) =>
        record(trx, actor, { action: "service.throttle", outcome: "denied", payload }),
      );
    }
    throw error;
  }
}

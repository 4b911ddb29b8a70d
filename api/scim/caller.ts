import type { Knex } from "knex";
import type { Context } from "koa";
import { record } from "../../store/audit/record.ts";
import { actAs } from "../../store/db/knex.ts";
import type { Credentials } from "../../store/people/credentials.ts";
import { readKey } from "../../store/people/key-secrets.ts";
import { type Directory, findDirectory } from "../../store/people/scim-tokens.ts";
import { bearerOf } from "../http/bearer.ts";
import { unauthorized } from "../http/errors.ts";
import { networkOf } from "../middleware/client.ts";
import { isWithin, type RateLimits, Throttled } from "../middleware/limits.ts";
import { actorOf } from "./on-record.ts";

export interface CallerDeps {
  knex: Knex;
  credentials: Pick<Credentials, "scim">;
  limits: Pick<RateLimits, "scim" | "scimReads" | "keys" | "unnamed">;
}

/**
 * The directory that calls, by its token and as often as its rate allows. A token that is made up costs no look-up; every failure gets the
 * same 401 and a record, too many of one address 429.
 * @throws Problem 401, 429
 */
export async function requireDirectory(
  ctx: Context,
  { knex, credentials, limits }: CallerDeps,
): Promise<Directory> {
  const shown = readKey(bearerOf(ctx));
  const isOurs = shown !== null && credentials.scim.judge(shown) === "ours";
  const found = isOurs ? await findDirectory(knex, shown) : null;
  if (found === null) {
    ctx.set("Connection", "close");
    await refuse(knex, limits, ctx);
    throw unauthorized("Send a valid SCIM token as Authorization: Bearer <token>.");
  }
  try {
    await limits.scim.take(found.tokenId);
  } catch (error) {
    const actor = actorOf(found);
    if (error instanceof Throttled && error.first)
      await actAs(knex, actor, (trx) =>
        record(trx, actor, {
          ...{ action: "scim.throttle", outcome: "denied" },
          payload: { token: found.name, status: 429 },
        }),
      );
    throw error;
  }
  return found;
}

/** Puts on record that a directory reads people and groups: once an hour, since it does so all day. */
export async function noteRead({ knex, limits }: CallerDeps, directory: Directory): Promise<void> {
  if (!(await isWithin(limits.scimReads, directory.tokenId))) return;
  const actor = actorOf(directory);
  const payload = { token: directory.name };
  await actAs(knex, actor, (trx) => record(trx, actor, { action: "scim.read", outcome: "ok", payload }));
}

/** Counts a failure and puts it on record; a call without a token is no guess. @throws Throttled, on record once */
async function refuse(knex: Knex, limits: CallerDeps["limits"], ctx: Context): Promise<void> {
  const fail = (action: `scim.${string}`): Promise<void> =>
    actAs(knex, "sign-in", (trx) => record(trx, "sign-in", { action, outcome: "denied" }));
  if (ctx.get("Authorization") === "") {
    if (await isWithin(limits.unnamed, networkOf(ctx))) await fail("scim.authenticate");
    return;
  }
  try {
    await limits.keys.take(networkOf(ctx));
  } catch (error) {
    if (error instanceof Throttled && error.first) await fail("scim.throttle");
    throw error;
  }
  await fail("scim.authenticate");
}

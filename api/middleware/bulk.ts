import type { Knex } from "knex";
import type { Context } from "koa";
import type { ServiceIdentity } from "../../store/people/services.ts";
import { decodeItems } from "../http/json-items.ts";
import { MAX_BODY, mostValues, readBody, requireJson } from "./body.ts";
import type { RateLimits } from "./limits.ts";
import { createOneByOne } from "./one-by-one.ts";
import { limitSends } from "./service.ts";

/** Bulks of one key that are decoded or wait for it; each holds its bytes meanwhile. */
const MOST_WAITING = 4;

const charges = new WeakMap<Context["req"], number>();

/** How many sends a bulk's bytes were counted as. */
export const chargeOf = (ctx: Context): number => charges.get(ctx.req) ?? 0;

/**
 * Makes the reader of bulks. A key's are decoded one after the other, and each counts before that as so many sends as its bytes would
 * fill, against the rate of its key.
 */
export function createBulkReader({ knex, limits }: { knex: Knex; limits: Pick<RateLimits, "items"> }) {
  const oneByOne = createOneByOne(MOST_WAITING);
  /**
   * @param limit bytes, decompressed
   * @throws Problem, in this order: 413 too large; 429 too much for the rate; 415 not JSON; 429 too many at once; 400 can't be decoded
   */
  return async function readBulk(ctx: Context, caller: ServiceIdentity, limit: number): Promise<unknown> {
    const body = await readBody(ctx, limit);
    const charge = Math.ceil(body.length / MAX_BODY);
    charges.set(ctx.req, charge);
    await limitSends(knex, limits.items, caller, charge);
    requireJson(ctx);
    return await oneByOne(caller.keyId, () =>
      decodeItems(body, { maxValues: mostValues(limit), maxItem: MAX_BODY }),
    );
  };
}

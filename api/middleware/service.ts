import type { Knex } from "knex";
import type { Context, Next } from "koa";
import { record } from "../../store/audit.ts";
import { actAs } from "../../store/knex.ts";
import { findService, type ServiceIdentity } from "../../store/services.ts";
import { unauthorized } from "../errors.ts";

/**
 * Lets upstream services in by their key, before the body is read. Every failure gets the same 401 and a record.
 */
export function service(knex: Knex) {
  return async (ctx: Context, next: Next): Promise<void> => {
    const key = /^Bearer +(\S+)$/i.exec(ctx.get("Authorization"))?.[1];
    const found = key === undefined ? null : await findService(knex, key);
    if (found === null) {
      await actAs(knex, "sign-in", (trx) =>
        record(trx, "sign-in", { action: "service.authenticate", outcome: "denied" }),
      );
      ctx.set("Connection", "close");
      throw unauthorized("Send a valid key as Authorization: Bearer <key>.");
    }
    ctx.state["service"] = found;
    await next();
  };
}

/** The service that `service()` let in. */
export const serviceOf = (ctx: Context): ServiceIdentity => ctx.state["service"];

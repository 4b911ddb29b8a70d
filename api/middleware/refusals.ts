import type { Knex } from "knex";
import type { Context, Next } from "koa";
import { record } from "../../store/audit/record.ts";
import { actAs, type Actor } from "../../store/db/knex.ts";
import { Problem } from "../http/errors.ts";
import { serviceOf } from "./service.ts";

/** Puts every refused send of a known service on record: which answer it got, nothing of what it held. */
export function recordRefusals(knex: Knex) {
  return async (ctx: Context, next: Next): Promise<void> => {
    try {
      await next();
    } catch (error) {
      if (error instanceof Problem && error.status < 500) {
        const actor: Actor = `service:${serviceOf(ctx).serviceId}`;
        const payload = { status: error.status, problem: error.slug };
        await actAs(knex, actor, (trx) =>
          record(trx, actor, { action: "notification.send", outcome: "denied", payload }),
        );
      }
      throw error;
    }
  };
}

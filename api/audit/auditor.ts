import type { Knex } from "knex";
import type { Context, Next } from "koa";
import { record } from "../../store/audit/record.ts";
import { actAs, type Actor } from "../../store/db/knex.ts";
import { Membership } from "../../store/models/User.ts";
import { forbidden } from "../http/errors.ts";
import { personOf } from "../middleware/person.ts";

/** Lets auditors on; the others' attempt goes on record, whatever they asked for. @throws Problem 403 */
export function auditor(knex: Knex) {
  return async (ctx: Context, next: Next): Promise<void> => {
    const { userId } = personOf(ctx);
    const actor: Actor = `user:${userId}`;
    const allowed = await actAs(knex, actor, async (trx) => {
      const roles = Membership.query(trx)
        .where({ user_id: userId, role: "auditor" })
        .whereNull("territory_id");
      const found = (await roles.resultSize()) > 0;
      if (!found) await record(trx, actor, { action: "audit.read", outcome: "denied" });
      return found;
    });
    if (!allowed) throw forbidden("The audit record is for auditors.");
    await next();
  };
}

import type { Knex } from "knex";
import type { Context } from "koa";
import { record } from "../../store/audit.ts";
import { actAs } from "../../store/knex.ts";
import { networkOf } from "../middleware/client.ts";
import { limitsOf, Throttled } from "../middleware/limits.ts";

/**
 * Bounds guesses: per account they are counted before the password is looked at, so that guesses made side by side count
 * too, and forgotten when it was right; per address failures count.
 * @throws Throttled
 */
export function guardSignIn(knex: Knex) {
  return async function guarded<T>(
    ctx: Context,
    email: string,
    attempt: () => Promise<T | null>,
  ): Promise<T | null> {
    const { failures, accounts } = limitsOf(ctx);
    const account = email.toLowerCase();
    try {
      await failures.check(networkOf(ctx));
      await accounts.take(account);
      const result = await attempt();
      if (result === null) await failures.take(networkOf(ctx));
      else await accounts.forget(account);
      return result;
    } catch (error) {
      if (error instanceof Throttled && error.first) {
        await actAs(knex, "sign-in", (trx) =>
          record(trx, "sign-in", { action: "session.throttle", outcome: "denied" }),
        );
      }
      throw error;
    }
  };
}

import type { Knex } from "knex";
import type { Context } from "koa";
import { record } from "../../store/audit/record.ts";
import { actAs } from "../../store/db/knex.ts";
import { networkOf } from "../middleware/client.ts";
import { type RateLimits, Throttled } from "../middleware/limits.ts";
import type { SignInResult } from "./sign-in.ts";

/**
 * Bounds guesses: per account they are counted before the password is looked at, so that guesses made side by side count
 * too, and forgotten once somebody got in; per address failures count. Asking for the code counts, but is no failure.
 * @throws Throttled
 */
export function guardSignIn(knex: Knex, { failures, accounts }: RateLimits) {
  return async function guarded(
    ctx: Context,
    email: string,
    attempt: () => Promise<SignInResult>,
  ): Promise<SignInResult> {
    const account = email.toLowerCase();
    try {
      await failures.check(networkOf(ctx));
      await accounts.take(account);
      const result = await attempt();
      if (result.kind === "welcome") await accounts.forget(account);
      else if (result.kind !== "code") await failures.take(networkOf(ctx));
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

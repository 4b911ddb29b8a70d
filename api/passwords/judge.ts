import type { Context } from "koa";
import type { User } from "../../store/models/User.ts";
import { invalid } from "../http/errors.ts";
import { isWeak } from "../invitations/strength.ts";
import { networkOf } from "../middleware/client.ts";
import type { RateLimits } from "../middleware/limits.ts";
import { createHashing } from "../sessions/hashing.ts";

const WEAK = "is easily guessed: it is known from leaks, or made of common words, names or keys in a row";

/** Refuses a new password that is easily guessed. @throws Problem 422; 429, 503 */
export type Judge = (password: string, person: User, ctx: Context) => Promise<void>;

/** Has a queue of its own: a judgement takes longer than a hash, and nobody who signs in waits for it. */
export function createJudge({ invitations }: Pick<RateLimits, "invitations">): Judge {
  const judging = createHashing({ atOnce: 1, waiting: 32 });
  return async (password, { id, email, name }, ctx) => {
    const about = [id, email, ...email.split(/[@.]/), ...name.split(/\s+/)];
    if (!(await judging.turn(() => isWeak(password, about), { from: networkOf(ctx) }))) return;
    await invitations.take(networkOf(ctx));
    throw invalid([{ path: "/password", message: WEAK }]);
  };
}

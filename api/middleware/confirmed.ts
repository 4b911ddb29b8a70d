import type { Context } from "koa";
import type { CallerKind, Callers, Route } from "../http/route.ts";
import { wantsText } from "../http/csv.ts";
import { Problem } from "../http/errors.ts";

/** For so long a session counts as its person's own after the password or a code was shown; ms. */
const FRESH = 10 * 60_000;

/**
 * Refuses a call that is to be made only by somebody who has just shown the password or a code: a screen that was left open is
 * not enough. Services have keys, and are asked nothing.
 * @throws Problem 403, type sign-in-again
 */
export function requireConfirmed(ctx: Context, route: Route, caller: Callers[CallerKind]): void {
  if (route.confirmed === undefined || (route.confirmed === "export" && !isExport(ctx, route))) return;
  if (caller === null || typeof caller === "string" || !("confirmedAt" in caller)) return;
  if (Date.now() - caller.confirmedAt.getTime() > FRESH)
    throw new Problem(
      "sign-in-again",
      "Show the password or a code again first: POST /api/sessions/confirm, or sign in anew.",
    );
}

/** Whether the answer is to be a file. */
const isExport = (ctx: Context, { answers }: Route): boolean =>
  Object.values(answers).some(({ text }) => text !== undefined && wantsText(ctx, text));

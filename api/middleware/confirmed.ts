import type { Knex } from "knex";
import type { Context } from "koa";
import { record } from "../../store/audit/record.ts";
import { actAs, type Actor } from "../../store/db/knex.ts";
import type { SignedInPerson } from "../../store/people/sessions.ts";
import type { CallerKind, Callers, Route } from "../http/route.ts";
import { wantsText } from "../http/csv.ts";
import { Problem } from "../http/errors.ts";

/** For so long a session counts as its person's own after the password or a code was shown; ms. */
const FRESH = 10 * 60_000;

/**
 * Refuses a call that is to be made only by somebody who has just shown the password or a code: a screen that was left open is
 * not enough. Services have keys, and are asked nothing. A refusal goes on record.
 * @throws Problem 403, type sign-in-again
 */
export async function requireConfirmed(
  ctx: Context,
  knex: Knex,
  route: Route,
  caller: Callers[CallerKind],
): Promise<void> {
  if (route.confirmed !== "always" && !(route.confirmed === "export" && isExport(ctx, route))) return;
  if (caller === null || typeof caller === "string" || !("confirmedAt" in caller)) return;
  await requireFresh(knex, route, caller);
}

/**
 * The same of a call that is to be asked for by what its body says.
 * @throws Problem 403, type sign-in-again
 */
export async function requireFresh(
  knex: Knex,
  route: Pick<Route, "method" | "path">,
  caller: Pick<SignedInPerson, "userId" | "sessionId" | "confirmedAt">,
): Promise<void> {
  if (Date.now() - caller.confirmedAt.getTime() <= FRESH) return;
  const actor: Actor = `user:${caller.userId}`;
  const payload = { method: route.method, route: route.path };
  await actAs(knex, actor, (trx) =>
    record(trx, actor, { action: "session.refuse", outcome: "denied", objectId: caller.sessionId, payload }),
  );
  throw new Problem(
    "sign-in-again",
    "Show the password or a code again first: POST /api/sessions/confirm, or sign in anew.",
  );
}

/** Whether the answer is to be a file. */
const isExport = (ctx: Context, { answers }: Route): boolean =>
  Object.values(answers).some(({ text }) => text !== undefined && wantsText(ctx, text));

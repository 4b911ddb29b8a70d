import type { Knex } from "knex";
import type { Context } from "koa";
import { requireAuditor } from "../audit/auditor.ts";
import type { CallerKind, Callers, Route } from "../http/route.ts";
import type { RateLimits } from "./limits.ts";
import { requireAdmin } from "./admin.ts";
import { checkDenials, countDenials } from "./denials.ts";
import { requirePerson, type Site } from "./person.ts";
import { type KeyFinding, requireService } from "./service.ts";
import { requireFollower } from "./follower.ts";
import { requireSubject, subjectTokenOf } from "./subject.ts";
import { requireWall } from "./wall.ts";

/** The parts that find out who calls. */
export interface Gatekeeping extends KeyFinding {
  knex: Knex;
  site: Site;
  limits: RateLimits;
}

type Gates = {
  [Kind in CallerKind]: (ctx: Context, deps: Gatekeeping, route: Route) => Promise<Callers[Kind]>;
};

const nobody = (): Promise<null> => Promise.resolve(null);

/** Somebody signed in who was not refused too often lately. What a recipient does with an inbox is held up by nothing: an alert may wait for it. */
const signedIn: Gates["person"] = async (ctx, deps, route) => {
  const person = await requirePerson(ctx, deps, route);
  await checkDenials(deps, person.userId);
  return person;
};

const GATES: Gates = {
  anyone: nobody,
  provider: nobody,
  service: requireService,
  sender: requireService,
  person: signedIn,
  recipient: requirePerson,
  supervisor: signedIn,
  auditor: async (ctx, deps, route) => {
    const person = await signedIn(ctx, deps, route);
    return await countDenials(deps, person.userId, () => requireAuditor(deps.knex, person));
  },
  admin: async (ctx, deps, route) => {
    const person = await signedIn(ctx, deps, route);
    return await countDenials(deps, person.userId, () => requireAdmin(deps.knex, person, ctx));
  },
  follower: requireFollower,
  wall: requireWall,
};

/** Lets the callers of a route in, before the body is read. Whoever shows a subject token is nobody else. @throws Problem 401, 403, 429 */
export function admit(ctx: Context, deps: Gatekeeping, route: Route): Promise<Callers[CallerKind]> {
  const token = subjectTokenOf(ctx, deps.credentials);
  return token === null ? GATES[route.caller](ctx, deps, route) : requireSubject(ctx, deps, route, token);
}

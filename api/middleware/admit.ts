import type { Knex } from "knex";
import type { Context } from "koa";
import { requireAuditor } from "../audit/auditor.ts";
import type { CallerKind, Callers, Route } from "../http/route.ts";
import type { RateLimits } from "./limits.ts";
import { requireAdmin } from "./admin.ts";
import { requirePerson, type Site } from "./person.ts";
import { type KeyFinding, requireService } from "./service.ts";
import { requireFollower } from "./follower.ts";

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

const GATES: Gates = {
  anyone: nobody,
  provider: nobody,
  service: requireService,
  sender: requireService,
  person: requirePerson,
  recipient: requirePerson,
  supervisor: requirePerson,
  auditor: async (ctx, deps, route) => await requireAuditor(deps.knex, await requirePerson(ctx, deps, route)),
  admin: async (ctx, deps, route) => {
    const person = await requirePerson(ctx, deps, route);
    return await requireAdmin(deps.knex, person, ctx);
  },
  follower: requireFollower,
};

/** Lets the callers of a route in, before the body is read. @throws Problem 401, 403, 429 */
export const admit = (ctx: Context, deps: Gatekeeping, route: Route): Promise<Callers[CallerKind]> =>
  GATES[route.caller](ctx, deps, route);

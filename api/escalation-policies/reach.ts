import type { Knex } from "knex";
import type { z } from "zod";
import { hasWay } from "../../activities/step.ts";
import { planArrivals } from "../../activities/arrival/plan.ts";
import { actAs } from "../../store/db/knex.ts";
import type { SignedInPerson } from "../../store/people/sessions.ts";
import { type DraftReach, draftReach } from "../../store/transitions/draft-reach.ts";
import { forbidden } from "../http/errors.ts";
import { supervisedBy } from "../middleware/supervisor.ts";
import type { PolicyDraft, StepReach } from "./schema.ts";
import { namesOfTargets } from "./targets.ts";

/** People who are named of one step; their number counts all. */
const MOST_NAMED = 20;

type Reach = z.output<typeof StepReach>;

/**
 * Answers whom each step of a policy that is being written would reach now, as of a critical alert.
 * @param available the channels that are on
 * @throws Problem 403 for anybody who does not supervise that territory
 */
export function createReach(knex: Knex, available: () => string[]) {
  return async (
    { userId }: SignedInPerson,
    { territory_id, steps }: z.output<typeof PolicyDraft>,
  ): Promise<Reach[]> =>
    await actAs(knex, `user:${userId}`, async (trx) => {
      const supervised = await supervisedBy(trx, userId, "Only supervisors can try escalation policies.");
      if (!supervised.includes(territory_id)) throw forbidden("You don't supervise that territory.");
      const targets = steps.map(({ to }) => ({ territory_id, to }));
      const names = await namesOfTargets(trx, `user:${userId}`, targets);
      const reach = await draftReach(trx, `user:${userId}`, territory_id, steps);
      const listed = (ids: string[]): Reach["unreached"] => ({
        count: ids.length,
        people: ids.slice(0, MOST_NAMED).map((id) => ({ user_id: id, name: reach.names.get(id) ?? null })),
      });
      return reach.steps.map((found, index) => {
        const { told, unreached } = split(found, steps[index]?.channels, available());
        return {
          name: names[index] ?? null,
          told: told === null ? null : listed(told),
          unreached: listed(unreached),
        };
      });
    });
}

/** Those whom a step tells by a channel, whoever covers somebody among them, and those whom it names and does not reach. */
function split(
  { targets, absent }: DraftReach,
  channels: string[] | undefined,
  available: string[],
): { told: string[] | null; unreached: string[] } {
  if (targets === null) return { told: null, unreached: [] };
  const wanted = { category: "patient_alert", priority: "critical", channels: channels ?? null } as const;
  const arrivals = planArrivals((userId) => userId, targets, wanted, available);
  const told = arrivals.filter(hasWay).map(({ userId }) => userId);
  const named = targets.map(({ userId }) => userId);
  return { told, unreached: [...named.filter((id) => !told.includes(id)), ...absent] };
}

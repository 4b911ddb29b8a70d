import { type EscalationRules, isPeoplesRole } from "../../store/notifications/escalation.ts";
import type { Transaction } from "../../store/db/knex.ts";
import { OnCallRole } from "../../store/models/Schedule.ts";
import { Topic } from "../../store/models/Topic.ts";
import { Membership } from "../../store/models/User.ts";
import { type Fault, invalid } from "../http/errors.ts";

/**
 * Refuses rules that could never be followed: people outside the territory, channels that don't exist.
 * @param at where the policy stands in what came in
 * @throws Problem 422 naming each step at fault
 */
export async function checkRules(
  trx: Transaction,
  territoryId: string,
  { steps }: EscalationRules,
  known: string[],
  at = "",
): Promise<void> {
  const people = steps.flatMap(({ to }) => ("user_id" in to ? [to.user_id] : []));
  const members = await Membership.query(trx).where({ territory_id: territoryId }).whereIn("user_id", people);
  const found = new Set(members.map(({ user_id }) => user_id));
  const asked = steps.flatMap(({ to }) => ("role" in to && !isPeoplesRole(to.role) ? [to.role] : []));
  const roles = await OnCallRole.query(trx)
    .where({ territory_id: territoryId })
    .whereIn("role", asked)
    .whereNull("deleted_at");
  const onCall = new Set(roles.map(({ role }) => role));
  const topics = steps.flatMap(({ to }) => ("topic" in to ? [to.topic] : []));
  const kept = await Topic.query(trx)
    .where({ territory_id: territoryId })
    .whereIn("topic", topics)
    .whereNull("deleted_at");
  const knownTopics = new Set(kept.map(({ topic }) => topic));
  const faults = steps.flatMap(({ to, channels = [] }, index): Fault[] => [
    ...("user_id" in to && !found.has(to.user_id)
      ? [{ path: `${at}/rules/steps/${index}/to/user_id`, message: "is not a person of that territory" }]
      : []),
    ...("role" in to && !isPeoplesRole(to.role) && !onCall.has(to.role)
      ? [{ path: `${at}/rules/steps/${index}/to/role`, message: "is not an on-call role of that territory" }]
      : []),
    ...("topic" in to && !knownTopics.has(to.topic)
      ? [{ path: `${at}/rules/steps/${index}/to/topic`, message: "is not a topic of that territory" }]
      : []),
    ...channels.flatMap((channel, place) =>
      known.includes(channel)
        ? []
        : [{ path: `${at}/rules/steps/${index}/channels/${place}`, message: "is not a channel here" }],
    ),
  ]);
  if (faults.length > 0) throw invalid(faults);
}

import { type Actor, switchActor, type Transaction } from "../db/knex.ts";
import { OnCallRole } from "../models/Schedule.ts";
import { Topic } from "../models/Topic.ts";
import { User } from "../models/User.ts";
import { type EscalationStep, isPeoplesRole } from "./escalation.ts";

/** Somebody by whom people know them. */
export interface Named {
  id: string;
  name: string;
}

/** What the people, on-call roles and topics of a territory are called; each by its id where it is gone. */
export interface StepNames {
  person(id: string): Named;
  /** The name of the on-call role or topic that a step tells; null where it tells neither. */
  target(to: EscalationStep["to"]): string | null;
}

/**
 * Looks up what some people of a territory are called, and the on-call roles and topics that steps tell.
 * @param worker the worker of one of the territory's alerts; the caller acts as somebody else again afterwards
 */
export async function findStepNames(
  trx: Transaction,
  worker: Actor,
  territory_id: string,
  targets: readonly EscalationStep["to"][],
  people: readonly string[],
): Promise<StepNames> {
  const roles = new Set(targets.flatMap((to) => ("role" in to && !isPeoplesRole(to.role) ? [to.role] : [])));
  const topics = new Set(targets.flatMap((to) => ("topic" in to ? [to.topic] : [])));
  await switchActor(trx, worker);
  const roleNames = await namesIn(
    roles,
    OnCallRole.query(trx)
      .where({ territory_id, deleted_at: null })
      .whereIn("role", [...roles])
      .select("role AS id", "name"),
  );
  const topicNames = await namesIn(
    topics,
    Topic.query(trx)
      .where({ territory_id, deleted_at: null })
      .whereIn("topic", [...topics])
      .select("topic AS id", "name"),
  );
  await switchActor(trx, `territory:${territory_id}`);
  const wanted = new Set(people);
  const names = await namesIn(
    wanted,
    User.query(trx)
      .whereIn("id", [...wanted])
      .select("id", "name"),
  );
  return {
    person: (id) => ({ id, name: names.get(id) ?? id }),
    target: (to) => {
      if ("topic" in to) return topicNames.get(to.topic) ?? to.topic;
      return "role" in to && !isPeoplesRole(to.role) ? (roleNames.get(to.role) ?? to.role) : null;
    },
  };
}

/** Runs a query for what is asked for, unless that is nothing. */
async function namesIn(
  asked: ReadonlySet<string>,
  query: { castTo<T>(): PromiseLike<T> },
): Promise<Map<string, string>> {
  const rows = asked.size === 0 ? [] : await query.castTo<Named[]>();
  return new Map(rows.map(({ id, name }) => [id, name]));
}

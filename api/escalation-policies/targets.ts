import type { Actor, Transaction } from "../../store/db/knex.ts";
import type { EscalationStep } from "../../store/notifications/escalation.ts";
import { namesIn } from "../../store/people/names.ts";

/** Whom a step of a territory's policy tells. */
export interface Aimed {
  territory_id: string;
  to: EscalationStep["to"];
}

/**
 * What the people, on-call roles and topics that steps tell are called, in their order; null for those that have no name of their own, and
 * for what is gone. However many steps there are, their roles and topics are looked up at once.
 * @param actor supervises those territories, and acts again afterwards
 */
export async function namesOfTargets(
  trx: Transaction,
  actor: Actor,
  targets: readonly Aimed[],
): Promise<(string | null)[]> {
  const words = targets.map(({ to }) => ("role" in to ? to.role : "topic" in to ? to.topic : null));
  const { rows } = await trx.raw<{
    rows: { kind: string; territory_id: string; id: string; name: string }[];
  }>(
    `SELECT named.* FROM (
       SELECT 'role' AS kind, territory_id, role AS id, name FROM on_call_roles WHERE deleted_at IS NULL
       UNION ALL SELECT 'topic', territory_id, topic, name FROM topics WHERE deleted_at IS NULL) AS named
     WHERE territory_id = ANY (:territories) AND id = ANY (:words)`,
    {
      territories: targets.map(({ territory_id }) => territory_id),
      words: words.filter((one) => one !== null),
    },
  );
  const called = new Map(
    rows.map(({ kind, territory_id, id, name }) => [`${kind} ${territory_id} ${id}`, name]),
  );
  const people = await namesIn(
    trx,
    actor,
    targets.flatMap(({ territory_id, to }) =>
      "user_id" in to ? [{ territory_id, user_id: to.user_id }] : [],
    ),
  );
  return targets.map(({ territory_id, to }) => {
    if ("user_id" in to) return people.get(to.user_id) ?? null;
    if ("role" in to) return called.get(`role ${territory_id} ${to.role}`) ?? null;
    return "topic" in to ? (called.get(`topic ${territory_id} ${to.topic}`) ?? null) : null;
  });
}

import type { Category, Priority, UnansweredState } from "../../channels/contract.ts";
import type { Transaction } from "../db/knex.ts";

/** An alert that waits for somebody to acknowledge it. */
export interface Unanswered {
  id: string;
  territory_id: string;
  /** Null for the alert of a broadcast. */
  user_id: string | null;
  category: Category;
  priority: Priority;
  state: UnansweredState;
  created_at: Date;
  next_step: number;
  next_step_at: Date;
  recipients: number | null;
  acknowledged: number | null;
  told: { user_id: string; seen: boolean; acknowledged: boolean }[];
}

/**
 * The state of an alert `n`: its rules are used up; or somebody of its family has seen it, or acknowledged the broadcast that it stands for;
 * or nobody has.
 */
export const STATE = `CASE WHEN n.exhausted_at IS NOT NULL THEN 'exhausted'
  WHEN EXISTS (SELECT FROM notifications f WHERE (f.id = n.id OR f.escalated_from = n.id) AND f.seen_at IS NOT NULL)
    OR n.acknowledged > 0 THEN 'waiting'
  ELSE 'unreached' END`;
/** An alert `n` that waits for somebody to acknowledge it. */
export const WAITING = `n.next_step_at IS NOT NULL AND n.status NOT IN ('expired', 'cancelled')`;

/** People that are listed for one alert. */
const MOST_TOLD = 100;

export interface UnansweredFilter {
  territories: string[] | null;
  state: Unanswered["state"] | undefined;
  after: { at: Date; id: string } | undefined;
  limit: number;
}

/** Alerts that wait, the oldest first; `territories` null: the alerts of all territories that the actor may see. */
export async function findUnanswered(
  trx: Transaction,
  { territories, state, after, limit }: UnansweredFilter,
): Promise<Unanswered[]> {
  const { rows } = await trx.raw(
    `SELECT * FROM (
       SELECT n.id, n.territory_id, n.user_id, n.category, n.priority, ${STATE} AS state, n.created_at, n.next_step - n.first_round AS next_step, n.next_step_at, n.recipients, n.acknowledged,
         ARRAY(SELECT jsonb_build_object('user_id', f.user_id, 'seen', f.seen_at IS NOT NULL, 'acknowledged', f.acknowledged_at IS NOT NULL)
           FROM notifications f WHERE (f.id = n.id OR f.escalated_from = n.id) AND f.user_id IS NOT NULL ORDER BY f.created_at, f.id LIMIT ${MOST_TOLD}) AS told
       FROM notifications n WHERE ${WAITING} AND (:territories::text[] IS NULL OR n.territory_id = ANY (:territories))
         AND (:at::timestamptz IS NULL OR (n.created_at, n.id) > (:at, :id::uuid))) AS found
     WHERE :state::text IS NULL OR state = :state ORDER BY created_at, id LIMIT :limit`,
    { territories, state: state ?? null, at: after?.at ?? null, id: after?.id ?? null, limit },
  );
  return rows;
}

export interface UnansweredCount {
  territory_id: string;
  waiting: number;
  exhausted: number;
  unreached: number;
}

/** How many alerts wait in each territory. */
export async function countUnanswered(
  trx: Transaction,
  territories: string[] | null,
): Promise<UnansweredCount[]> {
  const { rows } = await trx.raw(
    `SELECT territory_id, count(*) FILTER (WHERE state = 'waiting') AS waiting,
       count(*) FILTER (WHERE state = 'exhausted') AS exhausted, count(*) FILTER (WHERE state = 'unreached') AS unreached
     FROM (SELECT n.territory_id, ${STATE} AS state FROM notifications n
       WHERE ${WAITING} AND (:territories::text[] IS NULL OR n.territory_id = ANY (:territories))) AS found
     GROUP BY territory_id ORDER BY territory_id`,
    { territories },
  );
  return rows;
}

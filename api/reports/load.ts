import type { Knex } from "knex";
import type { SignedInPerson } from "../../store/people/sessions.ts";
import { BY, grouped, territoriesOf } from "./groups.ts";
import { readByMonth } from "./months.ts";
import type { LoadGroup, LoadQuery, LoadRow } from "./schema.ts";

/** Whoever is a supervisor of the territory and one of its clinicians too counts as a supervisor. */
const GROUP: Record<LoadGroup, string> = { ...BY, role: "coalesce(roles.role, 'none')" };

/** Who of a group something came to within a month, and what counts alike in any. */
type LoadOfMonth = Omit<LoadRow, "people"> & { people: string[] };

/**
 * How many notifications came to the people of supervised territories, and what became of them: where much is dismissed unread, what
 * matters is overlooked.
 * @throws Problem 403 for anybody who does not supervise the territory, or any
 */
export function createLoadReport(knex: Knex) {
  return async (person: SignedInPerson, query: LoadQuery): Promise<LoadRow[]> => {
    const months = await readByMonth(knex, person, query, async (trx, { from, to }) => {
      const territories = await territoriesOf(trx, person.userId, query.territory);
      const { rows } = await trx.raw<{ rows: LoadOfMonth[] }>(
        `WITH roles AS MATERIALIZED (
           SELECT territory_id, user_id, max(role) AS role FROM memberships
           WHERE territory_id = ANY (:territories) GROUP BY territory_id, user_id),
         arrived AS MATERIALIZED (
           SELECT id, user_id, territory_id, category, priority, created_at, acknowledged_by, dismissed_at
           FROM notifications
           WHERE territory_id = ANY (:territories) AND created_at >= :from AND created_at < :to AND user_id IS NOT NULL AND digest IS NULL),
         escalated AS MATERIALIZED (
           SELECT DISTINCT escalated_from AS id FROM notifications
           WHERE escalated_from = ANY (ARRAY(SELECT id FROM arrived)) AND covers_for = '{}'),
         -- A dismissal sets read_at as well: only the timeline says whether it was opened before.
         opened AS MATERIALIZED (
           SELECT DISTINCT notification_id AS id FROM delivery_events
           WHERE status = 'read' AND notification_id = ANY (ARRAY(SELECT id FROM arrived WHERE dismissed_at IS NOT NULL)))
         SELECT ${GROUP[query.by]} AS "group", array_agg(DISTINCT user_id) AS people, count(*)::int AS arrived,
           count(*) FILTER (WHERE priority = 'critical')::int AS critical,
           count(*) FILTER (WHERE acknowledged_by = user_id)::int AS acknowledged,
           count(*) FILTER (WHERE dismissed_at IS NOT NULL AND opened.id IS NULL)::int AS dismissed_unread,
           count(escalated.id)::int AS escalated
         FROM arrived LEFT JOIN escalated USING (id) LEFT JOIN opened USING (id) LEFT JOIN roles USING (territory_id, user_id)
         GROUP BY 1`,
        {
          territories,
          from,
          to,
          ...(query.by === "hour" ? { zone: query.zone } : {}),
        },
      );
      return rows;
    });
    return grouped(months, ({ group }) => group).map((rows) => {
      const sum = (count: Exclude<keyof LoadRow, "group" | "people">): number =>
        rows.reduce((all, row) => all + row[count], 0);
      return {
        group: rows[0].group,
        people: new Set(rows.flatMap(({ people }) => people)).size,
        arrived: sum("arrived"),
        critical: sum("critical"),
        acknowledged: sum("acknowledged"),
        dismissed_unread: sum("dismissed_unread"),
        escalated: sum("escalated"),
      };
    });
  };
}

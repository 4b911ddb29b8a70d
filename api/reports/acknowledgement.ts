import type { Knex } from "knex";
import { actAs } from "../../store/db/knex.ts";
import type { SignedInPerson } from "../../store/people/sessions.ts";
import { readSettings } from "../../store/settings.ts";
import { BY, territoriesOf } from "./groups.ts";
import type { AcknowledgementQuery, AcknowledgementRow } from "./schema.ts";

/** Times in seconds from the sending; an alert counts with its copies, whoever of its people was first. */
const quantiles = (time: string): string =>
  `jsonb_build_object('reached', count(${time}),
    'p50', round((percentile_cont(0.5) WITHIN GROUP (ORDER BY ${time}))::numeric, 3)::float,
    'p90', round((percentile_cont(0.9) WITHIN GROUP (ORDER BY ${time}))::numeric, 3)::float)`;

/**
 * How soon the alerts of supervised territories were delivered, seen and acknowledged, counted from the timelines' own events.
 * @throws Problem 403 for anybody who does not supervise the territory, or any
 */
export function createAcknowledgementReport(knex: Knex) {
  return ({ userId }: SignedInPerson, query: AcknowledgementQuery): Promise<AcknowledgementRow[]> =>
    actAs(knex, `user:${userId}`, async (trx) => {
      const territories = await territoriesOf(trx, userId, query.territory);
      const targets: [string, string, number][] = [];
      for (const territory of territories) {
        const { acknowledge_within_minutes = {} } = await readSettings(trx, territory);
        for (const [category, minutes] of Object.entries(acknowledge_within_minutes))
          targets.push([territory, category, minutes * 60]);
      }
      const { rows } = await trx.raw(
        `WITH alerts AS MATERIALIZED (
           SELECT id, territory_id, category, created_at FROM notifications
           WHERE territory_id = ANY (:territories) AND created_at >= :from AND created_at < :to
             AND escalated_from IS NULL AND escalation IS NOT NULL),
         family AS MATERIALIZED (
           SELECT id AS root, id FROM alerts
           UNION ALL SELECT escalated_from, id FROM notifications WHERE escalated_from = ANY (ARRAY(SELECT id FROM alerts))),
         -- Joined and grouped once: asked for each alert anew, the work would grow with the square of their number.
         events AS MATERIALIZED (
           SELECT notification_id, status, at FROM delivery_events WHERE notification_id = ANY (ARRAY(SELECT id FROM family))),
         firsts AS MATERIALIZED (
           SELECT root, count(DISTINCT family.id) > 1 AS escalated,
             min(at) FILTER (WHERE status = 'delivered') AS delivered,
             min(at) FILTER (WHERE status IN ('seen', 'read', 'acknowledged')) AS seen,
             min(at) FILTER (WHERE status = 'acknowledged') AS acknowledged
           FROM family LEFT JOIN events ON notification_id = family.id GROUP BY root),
         targets AS MATERIALIZED (
           SELECT * FROM jsonb_to_recordset(:targets) AS target (territory text, category text, seconds float)),
         times AS (
           SELECT alerts.*, escalated,
             extract(epoch FROM firsts.delivered - created_at)::float AS delivered,
             extract(epoch FROM firsts.seen - created_at)::float AS seen,
             extract(epoch FROM firsts.acknowledged - created_at)::float AS acknowledged,
             targets.seconds AS target
           FROM alerts JOIN firsts ON root = alerts.id
             LEFT JOIN targets ON targets.territory = alerts.territory_id AND targets.category = alerts.category)
         SELECT ${BY[query.by]} AS "group", count(*)::int AS alerts, count(*) FILTER (WHERE escalated)::int AS escalated,
           ${quantiles("delivered")} AS delivered, ${quantiles("seen")} AS seen, ${quantiles("acknowledged")} AS acknowledged,
           round(avg((acknowledged <= target AND acknowledged IS NOT NULL)::int) FILTER (WHERE target IS NOT NULL), 4)::float AS within_target
         FROM times GROUP BY 1 ORDER BY 1`,
        {
          territories,
          from: query.from,
          to: query.to,
          ...(query.by === "hour" ? { zone: query.zone } : {}),
          targets: JSON.stringify(
            targets.map(([territory, category, seconds]) => ({ territory, category, seconds })),
          ),
        },
      );
      return rows;
    });
}

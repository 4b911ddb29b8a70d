import type { Knex } from "knex";
import type { SignedInPerson } from "../../store/people/sessions.ts";
import { readSettings } from "../../store/settings.ts";
import { BY, grouped, territoriesOf } from "./groups.ts";
import { readByMonth } from "./months.ts";
import type { AcknowledgementQuery, AcknowledgementRow } from "./schema.ts";

/** Alerts of one group that were sent within a month; times in seconds from the sending, as many as there were. */
interface AlertsOfMonth {
  group: string;
  alerts: number;
  escalated: number;
  delivered: number[];
  seen: number[];
  acknowledged: number[];
  /** Those whose category has a target, and those that were acknowledged within it. */
  aimed: number;
  within: number;
}

/** An alert counts with its copies, whoever of its people was first. */
const times = (time: string): string =>
  `coalesce(array_agg(${time}) FILTER (WHERE ${time} IS NOT NULL), '{}') AS ${time}`;

/** How many came so far, and within which time half of them and nine in ten did, to the millisecond. */
function quantilesOf(seconds: readonly number[]): AcknowledgementRow["seen"] {
  const sorted = Float64Array.from(seconds).sort();
  const at = (share: number): number | null => {
    const place = share * (sorted.length - 1);
    const [low, high] = [sorted[Math.floor(place)], sorted[Math.ceil(place)]];
    return low === undefined || high === undefined ? null : rounded(low + (high - low) * (place % 1), 1_000);
  };
  return { reached: sorted.length, p50: at(0.5), p90: at(0.9) };
}

const rounded = (value: number, parts: number): number => Math.round(value * parts) / parts;

/**
 * How soon the alerts of supervised territories were delivered, seen and acknowledged, counted from the timelines' own events.
 * @throws Problem 403 for anybody who does not supervise the territory, or any
 */
export function createAcknowledgementReport(knex: Knex) {
  return async (person: SignedInPerson, query: AcknowledgementQuery): Promise<AcknowledgementRow[]> => {
    const months = await readByMonth(knex, person, query, async (trx, { from, to }) => {
      const territories = await territoriesOf(trx, person.userId, query.territory);
      const targets: [string, string, number][] = [];
      for (const territory of territories) {
        const { acknowledge_within_minutes = {} } = await readSettings(trx, territory);
        for (const [category, minutes] of Object.entries(acknowledge_within_minutes))
          targets.push([territory, category, minutes * 60]);
      }
      const { rows } = await trx.raw<{ rows: AlertsOfMonth[] }>(
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
           ${times("delivered")}, ${times("seen")}, ${times("acknowledged")},
           count(target)::int AS aimed, count(*) FILTER (WHERE acknowledged <= target)::int AS within
         FROM times GROUP BY 1`,
        {
          territories,
          from,
          to,
          ...(query.by === "hour" ? { zone: query.zone } : {}),
          targets: JSON.stringify(
            targets.map(([territory, category, seconds]) => ({ territory, category, seconds })),
          ),
        },
      );
      return rows;
    });
    return grouped(months, ({ group }) => group).map((rows) => {
      const sum = (count: "alerts" | "escalated" | "aimed" | "within"): number =>
        rows.reduce((all, row) => all + row[count], 0);
      const aimed = sum("aimed");
      return {
        group: rows[0].group,
        alerts: sum("alerts"),
        escalated: sum("escalated"),
        delivered: quantilesOf(rows.flatMap(({ delivered }) => delivered)),
        seen: quantilesOf(rows.flatMap(({ seen }) => seen)),
        acknowledged: quantilesOf(rows.flatMap(({ acknowledged }) => acknowledged)),
        within_target: aimed === 0 ? null : rounded(sum("within") / aimed, 10_000),
      };
    });
  };
}

import type { Knex } from "knex";
import { type Lane, LANES } from "../../channels/contract.ts";
import { actAs } from "../db/knex.ts";
import { Notification } from "../models/Notification.ts";
import { countAll, isDue } from "./troubles.ts";

/** A notification or broadcast that has work left, and may have no workflow that does it. */
export interface Unstarted {
  id: string;
  lane: Lane;
  kind: "notification" | "broadcast";
  /** The span of its sender's call, where it came with one: its workflow goes on with that. */
  traceparent?: string;
  /** The round of deliveries to start, where that round has a workflow of its own. */
  round?: number;
  /** That round tells its person that the notification is over. */
  over?: true;
  /** A step of it is overdue: a workflow that runs has to look. */
  overdue?: true;
  /** It has stood still for so long that its workflow, if it runs, may do nothing any more. */
  stuck?: true;
}

/** A send that was accepted and has not arrived yet, with those who take turns by it. */
export interface Unpersisted extends Unstarted {
  territory: string;
  /** The key that it came with; null for those from before keys were noted. */
  key: string | null;
}

/** Rows claimed or found at once, and for how long another relay leaves them alone; the wait doubles with each attempt. */
export const BATCH = 100;
/** Rows among which territories take turns, and a territory's keys. */
const LOOKED_AT = 10_000;
const MAX_BACKOFF = "15 seconds";

/** A step that is later than this was missed. */
const OVERDUE = "5 seconds";

/**
 * After how many looks at an overdue step, after how many starts of a send that is not in its inbox, and for how long a delivery has not
 * been moved, their workflow may be one that does nothing any more.
 */
const STUCK_AFTER = { looks: 6, starts: 6, still: "1 minute" };

/** How many bulk sends have a workflow of their own at a time, and after how long one counts as lost there. */
const WINDOW = 100;
const BULK_LEASE = "30 seconds";
/** Of what came in bulk, that which no page brings into inboxes. */
const ALONE = "(alone OR user_id IS NULL)";
/** For how long something may be due in bulk until its territory's workflow may be one that does nothing any more. */
const PAGES_STUCK_AFTER = "1 minute";

/** The next sends of a lane that are due, by an index of the lane's own; the territories take turns, and within one its keys. */
const dueIn = (lane: Lane): string =>
  `SELECT sends.id FROM sends JOIN (
     SELECT id, row_number() OVER (PARTITION BY territory_id ORDER BY place_of_key, next_start_at) AS place
     FROM (SELECT id, territory_id, next_start_at,
             row_number() OVER (PARTITION BY territory_id, service_key_id ORDER BY next_start_at) AS place_of_key
           FROM (SELECT id, territory_id, service_key_id, next_start_at FROM sends
                 WHERE status = 'accepted' AND lane = '${lane}' AND next_start_at <= now()
                 ORDER BY next_start_at LIMIT ${LOOKED_AT}) AS due) AS of_keys) AS ordered USING (id)
   WHERE status = 'accepted' AND sends.next_start_at <= now()
   ORDER BY place, sends.next_start_at LIMIT ${BATCH} FOR UPDATE OF sends SKIP LOCKED`;

const NOTHING = "SELECT id FROM sends WHERE false";

/** Since when a delivery stands still: one that was held should have gone out when that was over. */
const STILL_SINCE = "greatest(updated_at, hold_until)";

/**
 * Unfinished deliveries of a lane that are due, those that wait longest first. Those that tell that a notification is over are in a lane of their own, which
 * older nodes don't look at.
 */
const unfinishedIn = (lane: Lane | "stand_down"): string =>
  `SELECT id FROM deliveries WHERE due_lane = '${lane}' AND status IN ('queued', 'claimed') AND next_check_at <= now()
   ORDER BY next_check_at LIMIT ${BATCH}`;

const KIND = "CASE WHEN user_id IS NULL THEN 'broadcast' ELSE 'notification' END AS kind";
const STUCK = `start_attempts > ${STUCK_AFTER.starts} AS stuck`;
const PARTY = "territory_id AS territory, service_key_id AS key, traceparent";

/** The row as its readers know it: `stuck` is there where it is true, `traceparent` where there is one. */
const withoutNothing = <Row extends { stuck: boolean; traceparent: string | null }>({
  stuck,
  traceparent,
  ...row
}: Row) => ({ ...row, ...(stuck ? { stuck } : {}), ...inTrace(traceparent) });

const inTrace = (traceparent: string | null) => (traceparent === null ? {} : { traceparent });

/**
 * Claims accepted sends, other than bulk ones, that were not persisted in time: critical ones first, and of a lane the first of
 * each territory, then the second of each; its keys take turns at that. The claim is committed before anything is
 * started, so a relay that dies, or two that run at once, do no harm.
 * @param lanes those that are looked for
 * @param most at once
 */
export function claimUnpersisted(
  knex: Knex,
  lanes: readonly Lane[] = LANES,
  most = BATCH,
): Promise<Unpersisted[]> {
  return actAs(knex, "relay", async (trx) => {
    const ordinary = lanes.includes("ordinary") ? dueIn("ordinary") : NOTHING;
    const { rows } = await trx.raw(
      `WITH critical AS (${dueIn("critical")}), ordinary AS (${ordinary})
       UPDATE sends SET start_attempts = start_attempts + 1,
         next_start_at = now() + least(interval '2 seconds' * 2 ^ least(start_attempts, 10), interval '${MAX_BACKOFF}')
       WHERE id IN (SELECT id FROM critical UNION ALL SELECT id FROM ordinary LIMIT ${most})
       RETURNING id, lane, ${KIND}, ${PARTY}, ${STUCK}`,
    );
    return rows.map(withoutNothing);
  });
}

/** Territories to which something came in bulk that is due, and that pages bring into inboxes. */
export function findBulks(knex: Knex): Promise<{ territory: string; stuck: boolean }[]> {
  return actAs(knex, "relay", async (trx) => {
    const { rows } = await trx.raw(
      `SELECT territories.id AS territory, first.next_start_at < now() - interval '${PAGES_STUCK_AFTER}' AS stuck
       FROM territories CROSS JOIN LATERAL (
         SELECT next_start_at FROM sends
         WHERE status = 'accepted' AND lane = 'bulk' AND territory_id = territories.id AND next_start_at <= now() AND NOT ${ALONE}
         ORDER BY next_start_at LIMIT 1) AS first
       ORDER BY first.next_start_at`,
    );
    return rows;
  });
}

/**
 * Claims the next bulk sends that have a workflow of their own, as many as still fit into the window: the first of each territory, then the
 * second of each, so that no territory waits behind another's thousands.
 * @param all also those that pages bring into inboxes: there is nobody who writes them
 */
export function claimBulk(knex: Knex, { all = false } = {}): Promise<Unstarted[]> {
  const which = all ? "true" : ALONE;
  return actAs(knex, "relay", async (trx) => {
    const { rows } = await trx.raw(
      `WITH under_way AS (
         SELECT count(*) AS count FROM sends
         WHERE status = 'accepted' AND lane = 'bulk' AND start_attempts > 0 AND next_start_at > now() AND ${which}),
       next AS (
         SELECT due.id FROM territories CROSS JOIN LATERAL (
           SELECT id, next_start_at, row_number() OVER (ORDER BY next_start_at) AS place FROM sends
           WHERE status = 'accepted' AND lane = 'bulk' AND territory_id = territories.id AND next_start_at <= now() AND ${which}
           ORDER BY next_start_at LIMIT ${WINDOW}) AS due
         ORDER BY due.place, due.next_start_at LIMIT (SELECT greatest(0, ${WINDOW} - count) FROM under_way))
       UPDATE sends SET start_attempts = start_attempts + 1, next_start_at = now() + interval '${BULK_LEASE}'
       WHERE id IN (SELECT id FROM next) AND status = 'accepted' AND next_start_at <= now()
       RETURNING id, lane, traceparent, ${KIND}, ${STUCK}`,
    );
    return rows.map(withoutNothing);
  });
}

/** Gives back the claims of sends that were not started for a reason of their own, so that they are next again; what was refused before waits out its lease. */
export async function giveBack(knex: Knex, ids: string[]): Promise<void> {
  await actAs(knex, "relay", (trx) =>
    trx.raw(
      `UPDATE sends SET start_attempts = start_attempts - 1, next_start_at = now()
       WHERE id = ANY (?) AND status = 'accepted' AND start_attempts > 0
         AND NOT EXISTS (SELECT FROM troubles WHERE kind = 'start' AND troubles.id = sends.id AND failures >= 3 AND again_at > now() - interval '1 minute')`,
      [ids],
    ),
  );
}

/**
 * Finds notifications with work left that nobody has moved for a while: a delivery that is queued or claimed, a step
 * that is overdue. Each delivery and each step found is put off, so that one node at a time looks at it, and less and less often
 * the longer it has stood still. Critical ones come first, and bulk ones fill what the others leave.
 * @param lanes those that are looked for
 */
export function claimUnfinished(knex: Knex, lanes: readonly Lane[] = LANES): Promise<Unstarted[]> {
  return actAs(knex, "relay", async (trx) => {
    const others = lanes.filter((lane) => lane !== "critical");
    const deliveries = await trx.raw(
      `UPDATE deliveries SET next_check_at = greatest(now() + greatest(interval '10 seconds', (now() - ${STILL_SINCE}) / 2), hold_until + interval '10 seconds')
       WHERE id IN (
         (${unfinishedIn("critical")})
         UNION ALL
         (SELECT id FROM (${others.map((lane) => `(${unfinishedIn(lane)})`).join(" UNION ALL ") || NOTHING}) AS others LIMIT ${BATCH})
         UNION ALL
         (${others.includes("ordinary") ? unfinishedIn("stand_down") : NOTHING}))
         AND next_check_at <= now()
       RETURNING notification_id AS id, CASE WHEN redelivery_of IS NOT NULL THEN round END AS round, stand_down IS NOT NULL AS over,
         now() - ${STILL_SINCE} > interval '${STUCK_AFTER.still}' AS stuck`,
    );
    const steps: { rows: { id: string }[] } = await trx.raw(
      `SELECT notifications.id FROM notifications LEFT JOIN troubles ON troubles.kind = 'look' AND troubles.id = notifications.id
       WHERE next_step_at < now() - interval '${OVERDUE}' AND lane = ANY (?) AND (again_at IS NULL OR again_at <= now())
       ORDER BY again_at NULLS FIRST, next_step_at LIMIT ${BATCH}`,
      [[...lanes]],
    );
    // Each look is counted: a step that is not taken for all that comes after those that nobody has looked at.
    const overdue = new Set(steps.rows.map(({ id }) => id));
    const looks = await countAll(trx, "look", [...overdue], "overdue");
    const notTaken = new Set(
      looks.filter(({ failures }) => failures % STUCK_AFTER.looks === 0).map(({ id }) => id),
    );
    const rows: { id: string; round?: number | null; over?: boolean; stuck: boolean }[] = [
      ...deliveries.rows,
      ...steps.rows.map(({ id }) => ({ id, stuck: notTaken.has(id) })),
    ];
    const found = await Notification.query(trx)
      .select(
        "notifications.id",
        "notifications.lane",
        "root.id as root",
        "root.lane as root_lane",
        "root.user_id",
        "sends.traceparent",
      )
      .join("notifications as root", (on) =>
        on.on("root.id", trx.raw("coalesce(notifications.escalated_from, notifications.id)")),
      )
      .leftJoin("sends", "sends.id", "root.id")
      .whereIn("notifications.id", [...new Set(rows.map(({ id }) => id))])
      .castTo<
        {
          id: string;
          lane: Lane;
          root: string;
          root_lane: Lane;
          user_id: string | null;
          traceparent: string | null;
        }[]
      >();
    const notifications = new Map(found.map((one) => [one.id, one]));
    const unfinished = new Map<string, Unstarted>();
    for (const { id, round, over, stuck } of rows) {
      const one = notifications.get(id);
      if (one === undefined) continue;
      const { root, root_lane: lane, user_id: recipient, traceparent } = one;
      // The workflow of the root delivers the copies too.
      const kind = recipient === null ? "broadcast" : "notification";
      // Nothing that is over takes the place of what is critical.
      const left: Unstarted =
        typeof round === "number"
          ? { id, kind: "notification", round, ...(over ? { lane: "ordinary", over } : { lane: one.lane }) }
          : { id: root, lane, kind, ...inTrace(traceparent), ...(overdue.has(id) ? { overdue: true } : {}) };
      const key = `${left.id} ${left.round ?? ""}`;
      unfinished.set(key, { ...unfinished.get(key), ...left, ...(stuck ? { stuck } : {}) });
    }
    return [...unfinished.values()];
  });
}

/** Has deliveries looked at again soon whose workflow Temporal did not take: they were put off for longer, as if it had. */
export async function lookAgain(knex: Knex, roots: string[]): Promise<void> {
  if (roots.length === 0) return;
  await actAs(knex, "relay", (trx) =>
    trx.raw(
      `UPDATE deliveries SET next_check_at = now() + interval '10 seconds'
       WHERE status IN ('queued', 'claimed') AND next_check_at > now() + interval '10 seconds' AND (hold_until IS NULL OR hold_until <= now())
         AND notification_id = ANY (ARRAY(SELECT id FROM notifications WHERE id = ANY (:roots) UNION ALL
           SELECT id FROM notifications WHERE escalated_from = ANY (:roots)))`,
      { roots },
    ),
  );
}

/** Notifications whose time is over. Those that failed to end are left out while they are put off or parked. */
export function findExpired(knex: Knex): Promise<string[]> {
  return findIds(
    knex,
    `SELECT id FROM notifications WHERE expires_at <= now()
     AND (status IN ('sent', 'delivered', 'read') OR next_step_at IS NOT NULL) AND ${isDue("expire", "notifications.id")} ORDER BY expires_at LIMIT ${BATCH}`,
  );
}

/** Alerts that were acknowledged, or completed, resolved or opened again, without that having come to all their copies. */
export function findClosing(knex: Knex): Promise<string[]> {
  return findIds(
    knex,
    `SELECT id FROM (SELECT id FROM notifications WHERE closing UNION SELECT id FROM notifications WHERE behind) AS notifications
     WHERE ${isDue("close", "notifications.id")} ORDER BY id LIMIT ${BATCH}`,
  );
}

/** Alerts that somebody took over and has not completed in time, of which a reminder is due. */
export function findReminders(knex: Knex): Promise<string[]> {
  return findIds(
    knex,
    `SELECT id FROM notifications WHERE remind_at <= now() AND ${isDue("remind", "notifications.id")} ORDER BY remind_at LIMIT ${BATCH}`,
  );
}

/** Alerts whose next step is overdue. */
export function findOverdueSteps(knex: Knex): Promise<string[]> {
  return findIds(
    knex,
    `SELECT id FROM notifications WHERE next_step_at < now() - interval '${OVERDUE}' AND ${isDue("step", "notifications.id")}
     ORDER BY next_step_at LIMIT ${BATCH}`,
  );
}

/** Some of the alerts of broadcasts that somebody still has to acknowledge: they stay so for long, so chance gives each its turn. */
export function findBroadcastAlerts(knex: Knex): Promise<string[]> {
  return findIds(
    knex,
    `SELECT id FROM notifications WHERE user_id IS NULL AND next_step_at IS NOT NULL AND ${isDue("count", "notifications.id")}
     ORDER BY random() LIMIT ${BATCH}`,
  );
}

/** The ids that a query finds for the relay. */
export async function findIds(knex: Knex, sql: string): Promise<string[]> {
  return await actAs(knex, "relay", async (trx) => {
    const { rows }: { rows: { id: string }[] } = await trx.raw(sql);
    return rows.map(({ id }) => id);
  });
}

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
  /** The round of deliveries to start, where that round has a workflow of its own. */
  round?: number;
  /** A step of it is overdue: a workflow that runs has to look. */
  overdue?: true;
  /** Its workflow was told of the step again and again, and did nothing. */
  stuck?: true;
}

/** A send that was accepted and has not arrived yet, with those who take turns by it. */
export interface Unpersisted extends Unstarted {
  territory: string;
  /** The key that it came with; null for those from before keys were noted. */
  key: string | null;
}

/** Rows claimed at once, and for how long another relay leaves them alone; the wait doubles with each attempt. */
const BATCH = 100;
/** Rows among which territories take turns, and a territory's keys. */
const LOOKED_AT = 10_000;
const MAX_BACKOFF = "15 seconds";

/** A step that is later than this was missed. */
const OVERDUE = "5 seconds";

/** A workflow that did not take its step after so many looks does nothing any more. */
const STUCK_AFTER = 6;

/** How many bulk sends are with Temporal at a time, and after how long one counts as lost there. */
const WINDOW = 100;
const BULK_LEASE = "30 seconds";

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

/** Unfinished deliveries of a lane that are due, those that wait longest first. */
const unfinishedIn = (lane: Lane): string =>
  `SELECT id FROM deliveries WHERE due_lane = '${lane}' AND status IN ('queued', 'claimed') AND next_check_at <= now()
   ORDER BY next_check_at LIMIT ${BATCH}`;

const KIND = "CASE WHEN user_id IS NULL THEN 'broadcast' ELSE 'notification' END AS kind";
const PARTY = "territory_id AS territory, service_key_id AS key";

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
       RETURNING id, lane, ${KIND}, ${PARTY}`,
    );
    return rows;
  });
}

/**
 * Claims the next bulk sends, as many as still fit into the window: the first of each territory, then the second
 * of each, so that no territory waits behind another's thousands.
 */
export function claimBulk(knex: Knex): Promise<Unstarted[]> {
  return actAs(knex, "relay", async (trx) => {
    const { rows } = await trx.raw(
      `WITH under_way AS (
         SELECT count(*) AS count FROM sends
         WHERE status = 'accepted' AND lane = 'bulk' AND start_attempts > 0 AND next_start_at > now()),
       next AS (
         SELECT due.id FROM territories CROSS JOIN LATERAL (
           SELECT id, next_start_at, row_number() OVER (ORDER BY next_start_at) AS place FROM sends
           WHERE status = 'accepted' AND lane = 'bulk' AND territory_id = territories.id AND next_start_at <= now()
           ORDER BY next_start_at LIMIT ${WINDOW}) AS due
         ORDER BY due.place, due.next_start_at LIMIT (SELECT greatest(0, ${WINDOW} - count) FROM under_way))
       UPDATE sends SET start_attempts = start_attempts + 1, next_start_at = now() + interval '${BULK_LEASE}'
       WHERE id IN (SELECT id FROM next) AND status = 'accepted' AND next_start_at <= now()
       RETURNING id, lane, ${KIND}`,
    );
    return rows;
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
      `UPDATE deliveries SET next_check_at = now() + greatest(interval '10 seconds', (now() - updated_at) / 2)
       WHERE id IN (
         (${unfinishedIn("critical")})
         UNION ALL
         (SELECT id FROM (${others.map((lane) => `(${unfinishedIn(lane)})`).join(" UNION ALL ") || NOTHING}) AS others LIMIT ${BATCH}))
         AND next_check_at <= now()
       RETURNING notification_id AS id, CASE WHEN redelivery_of IS NOT NULL THEN round END AS round`,
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
    const stuck = new Set(looks.filter(({ failures }) => failures % STUCK_AFTER === 0).map(({ id }) => id));
    const rows: { id: string; round?: number | null }[] = [...deliveries.rows, ...steps.rows];
    const found = await Notification.query(trx)
      .select(
        "notifications.id",
        "notifications.lane",
        "root.id as root",
        "root.lane as root_lane",
        "root.user_id",
      )
      .join("notifications as root", (on) =>
        on.on("root.id", trx.raw("coalesce(notifications.escalated_from, notifications.id)")),
      )
      .whereIn("notifications.id", [...new Set(rows.map(({ id }) => id))])
      .castTo<{ id: string; lane: Lane; root: string; root_lane: Lane; user_id: string | null }[]>();
    const notifications = new Map(found.map((one) => [one.id, one]));
    const unfinished = rows.flatMap(({ id, round }): Unstarted[] => {
      const one = notifications.get(id);
      if (one === undefined) return [];
      const { root, root_lane: lane, user_id: recipient } = one;
      if (typeof round === "number") return [{ id, lane: one.lane, kind: "notification", round }];
      // The workflow of the root delivers the copies too.
      const kind = recipient === null ? "broadcast" : "notification";
      return [
        {
          id: root,
          lane,
          kind,
          ...(overdue.has(id) ? { overdue: true } : {}),
          ...(stuck.has(id) ? { stuck: true } : {}),
        },
      ];
    });
    return [...new Map(unfinished.map((one) => [`${one.id} ${one.round ?? ""}`, one])).values()];
  });
}

/** Notifications whose time is over. Those that failed to end are left out while they are put off or parked. */
export function findExpired(knex: Knex): Promise<string[]> {
  return findIds(
    knex,
    `SELECT id FROM notifications WHERE expires_at <= now()
     AND (status IN ('sent', 'delivered', 'read') OR next_step_at IS NOT NULL) AND ${isDue("expire", "notifications.id")} ORDER BY expires_at LIMIT ${BATCH}`,
  );
}

/** Alerts that enough people have acknowledged, some of whose copies are still open. */
export function findClosing(knex: Knex): Promise<string[]> {
  return findIds(
    knex,
    `SELECT id FROM notifications WHERE closing AND ${isDue("close", "notifications.id")} ORDER BY id LIMIT ${BATCH}`,
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

async function findIds(knex: Knex, sql: string): Promise<string[]> {
  return await actAs(knex, "relay", async (trx) => {
    const { rows }: { rows: { id: string }[] } = await trx.raw(sql);
    return rows.map(({ id }) => id);
  });
}

import type pg from "pg";

/** What PostgreSQL holds of a run; each list is in the order of its ids. */
export interface Record {
  sends: { id: string; status: string }[];
  inboxes: { person: string; seq: number }[];
  notifications: {
    id: string;
    send: string;
    /** Empty for the alert of a broadcast. */
    person: string;
    territory: string;
    text: string;
    seq: number;
    root: string | null;
    priority: string;
    status: string;
    acknowledged: boolean;
    closing: boolean;
    /** How many steps its rules have before the last resort; null where it does not escalate. */
    steps: number | null;
    stepOverdue: boolean;
    /** ms since 1970. */
    expires: number | null;
  }[];
  deliveries: { id: string; notification: string; channel: string; status: string; reason: string | null }[];
  events: {
    notification: string;
    delivery: string | null;
    status: string;
    reason: string | null;
    attempt: number | null;
    /** ms since 1970. */
    at: number;
  }[];
  audit: { action: string; object: string; actor: string }[];
  supervisors: { person: string; territory: string }[];
}

const QUERIES: { [list in keyof Record]: string } = {
  sends: "SELECT id, status FROM sends ORDER BY id",
  inboxes: "SELECT user_id AS person, seq::int FROM inboxes ORDER BY user_id",
  notifications: `SELECT id, send_id AS send, coalesce(user_id, '') AS person, territory_id AS territory, message AS text, seq::int, priority,
      escalated_from AS root, status, acknowledged_at IS NOT NULL AS acknowledged, closing,
      jsonb_array_length(escalation->'steps') * ((escalation->>'repeat')::int + 1) AS steps,
      coalesce(next_step_at < now() - interval '5 seconds', false) AS "stepOverdue",
      (extract(epoch FROM expires_at) * 1000)::float8 AS expires
    FROM notifications ORDER BY id`,
  deliveries:
    "SELECT id, notification_id AS notification, channel, status, reason FROM deliveries ORDER BY id",
  events: `SELECT notification_id AS notification, delivery_id AS delivery, status, reason, attempt,
      (extract(epoch FROM at) * 1000)::float8 AS at FROM delivery_events ORDER BY id`,
  audit:
    "SELECT action, object_id AS object, actor FROM audit_events WHERE object_id IS NOT NULL AND outcome = 'ok' ORDER BY id",
  supervisors:
    "SELECT user_id AS person, territory_id AS territory FROM memberships WHERE role = 'supervisor' ORDER BY 1",
};

/** Reads the record with a login that sees every row. */
export async function readRecord(client: pg.Client): Promise<Record> {
  const read = async <List extends keyof Record>(list: List): Promise<Record[List]> =>
    (await client.query(QUERIES[list])).rows as Record[List];
  return {
    sends: await read("sends"),
    inboxes: await readInboxes(client),
    notifications: await read("notifications"),
    deliveries: await read("deliveries"),
    events: await read("events"),
    audit: await read("audit"),
    supervisors: await read("supervisors"),
  };
}

/** How far each inbox has counted. */
export const readInboxes = async (client: pg.Client): Promise<Record["inboxes"]> =>
  (await client.query(QUERIES.inboxes)).rows;

/** Whether there is nothing left to do: not a send, a delivery, a step before the last resort, a copy to close, or what has yet to expire. */
export async function isSettled(client: pg.Client): Promise<boolean> {
  const { rows } = await client.query<{ left: boolean }>(
    `SELECT EXISTS (SELECT FROM sends WHERE status = 'accepted')
       OR EXISTS (SELECT FROM deliveries WHERE status IN ('queued', 'claimed'))
       OR EXISTS (SELECT FROM notifications WHERE expires_at IS NOT NULL AND status IN ('sent', 'delivered', 'read'))
       OR EXISTS (SELECT FROM notifications WHERE closing OR next_step_at IS NOT NULL AND exhausted_at IS NULL) AS left`,
  );
  return rows[0]?.left === false;
}

import type { Hospital } from "./hospital.ts";

/** People of the crowd. */
const PEOPLE = 500;

/**
 * Other people's notifications, like that of `pattern` and as many as `size`, in territory "south". All are finished, and PostgreSQL takes
 * its statistics; then all of them are unfinished at once, as when an outage begins, and the statistics stay as they were: an index of what
 * is unfinished then looks like the cheapest way to anything.
 */
export async function aCrowd(hospital: Hospital, pattern: string, size: number): Promise<void> {
  const tables = ["users", "inboxes", "memberships", "sends", "notifications", "deliveries", "early_reports"];
  const owner = await hospital.owner(...tables);
  for (const table of tables) await owner.query(`ALTER TABLE ${table} SET (autovacuum_enabled = off)`);
  const copy = async (table: string, key: string, changes: string): Promise<void> => {
    await owner.query(
      `INSERT INTO ${table} SELECT made.* FROM ${table}, crowd, jsonb_populate_record(${table}, jsonb_build_object(
         'user_id', crowd.user_id, 'territory_id', 'south', ${changes})) AS made WHERE ${table}.${key} = '${pattern}'`,
    );
  };
  await owner.query(
    `INSERT INTO users (id, name, email)
       SELECT 'crowd-' || n, 'crowd', 'crowd-' || n || '@tocsin.example' FROM generate_series(1, ${PEOPLE}) AS n;
     INSERT INTO inboxes (user_id, seq) SELECT id, 100 FROM users WHERE id LIKE 'crowd-%';
     INSERT INTO memberships (user_id, territory_id, role) SELECT id, 'south', 'clinician' FROM users WHERE id LIKE 'crowd-%';
     CREATE TEMP TABLE crowd AS SELECT gen_random_uuid() AS id, 'crowd-' || 1 + n % ${PEOPLE} AS user_id
       FROM generate_series(1, ${size}) AS n`,
  );
  await copy("sends", "id", "'id', crowd.id, 'status', 'persisted'");
  const finished = "'status', 'acknowledged', 'next_step_at', NULL, 'expires_at', NULL";
  await copy("notifications", "id", `'id', crowd.id, 'send_id', crowd.id, ${finished}`);
  const delivered = "'status', 'delivered', 'next_check_at', now()";
  await copy(
    "deliveries",
    "notification_id",
    `'id', gen_random_uuid(), 'notification_id', crowd.id, ${delivered}`,
  );
  await owner.query("ANALYZE");
  await owner.query(
    `UPDATE sends SET status = 'accepted', next_start_at = now() + interval '1 hour' WHERE id IN (SELECT id FROM crowd);
     UPDATE deliveries SET status = 'queued', next_check_at = now() + interval '1 hour'
       WHERE notification_id IN (SELECT id FROM crowd);
     UPDATE notifications SET status = 'sent', next_step_at = now() + interval '1 hour', expires_at = now() + interval '1 hour',
       closing = true WHERE id IN (SELECT id FROM crowd);
     UPDATE notifications SET user_id = NULL WHERE id IN (SELECT id FROM crowd LIMIT ${size / 5});
     UPDATE notifications SET escalated_from = (SELECT id FROM crowd LIMIT 1) WHERE user_id LIKE 'crowd-%';
     INSERT INTO early_reports (channel, provider_id, delivery_id, status)
       SELECT 'email', id, id, 'accepted' FROM deliveries WHERE channel = 'email' AND user_id LIKE 'crowd-%'`,
  );
}

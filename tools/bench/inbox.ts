import type { Knex } from "knex";
import pg from "pg";
import { inboxPage } from "../../api/notifications/inbox.ts";
import { actAs } from "../../store/db/knex.ts";
import { quantile } from "./measure.ts";

const PAGES = 500;
const PEOPLE = 5_000;

/** Reads the first pages, of 50 each, of inboxes picked evenly; each in a transaction of its own, as its person. */
export async function pageOfMany(knex: Knex, ownerUrl: string): Promise<string> {
  await seed(ownerUrl);
  const times: { page: number; all: number }[] = [];
  for (let n = 0; n < PAGES + 50; n += 1) {
    const userId = `crowd-${(n * 9_973) % PEOPLE}`;
    const start = performance.now();
    const page = await actAs(knex, `user:${userId}`, async (trx) => {
      // The start of the transaction is sent and answered first, so that the query alone is timed.
      await trx.raw("SELECT 1");
      const begin = performance.now();
      const rows = await inboxPage(trx, userId, { limit: 50 });
      if (rows.length !== 51) throw new Error(`a page of ${rows.length}`);
      return performance.now() - begin;
    });
    if (n >= 50) times.push({ page, all: performance.now() - start });
  }
  const of = (which: "page" | "all", q: number): string =>
    quantile(
      times.map((time) => time[which]),
      q,
    ).toFixed(2);
  return (
    `  query p50 ${of("page", 0.5)} ms, p99 ${of("page", 0.99)} ms (asked: p50 at most 2 ms); ` +
    `with its transaction p50 ${of("all", 0.5)} ms, p99 ${of("all", 0.99)} ms`
  );
}

/** Written as the tables' owner with row-level security lifted, and forced again before anything is read. */
async function seed(ownerUrl: string): Promise<void> {
  const owner = new pg.Client({ connectionString: ownerUrl });
  await owner.connect();
  try {
    await owner.query(`
      BEGIN;
      ALTER TABLE territories NO FORCE ROW LEVEL SECURITY;
      ALTER TABLE users NO FORCE ROW LEVEL SECURITY;
      ALTER TABLE sends NO FORCE ROW LEVEL SECURITY;
      ALTER TABLE services NO FORCE ROW LEVEL SECURITY;
      ALTER TABLE notifications NO FORCE ROW LEVEL SECURITY;
      INSERT INTO territories (id, name) SELECT 'crowd-' || n, 'Crowd' FROM generate_series(0, 49) n;
      INSERT INTO users (id, email, name) SELECT 'crowd-' || n, 'crowd-' || n || '@tocsin.example', 'One of many'
        FROM generate_series(0, ${PEOPLE - 1}) n;
      INSERT INTO memberships (user_id, territory_id, role) SELECT 'crowd-' || n, 'crowd-' || n % 50, 'clinician'
        FROM generate_series(0, ${PEOPLE - 1}) n;
      INSERT INTO sends (id, service_id, territory_id, category, priority, body_hash, key_id, wrapped_key, sealed, status, next_start_at)
        SELECT gen_random_uuid(), (SELECT id FROM services LIMIT 1), 'crowd-0', 'system_message', 'normal', '', '', '', '', 'persisted', now();
      INSERT INTO notifications (id, send_id, service_id, user_id, territory_id, category, priority, message, redaction, seq, created_at)
        SELECT gen_random_uuid(), send.id, send.service_id, 'crowd-' || n % ${PEOPLE}, 'crowd-' || n % 50, 'system_message', 'normal',
          'Potassium 6.8 mmol/L on the sample of 06:10. Repeat it now, and call the laboratory.', '{}', n / ${PEOPLE} + 1,
          now() - interval '1 year' + n * interval '30 seconds'
        FROM generate_series(0, 999999) n, (SELECT id, service_id FROM sends WHERE key_id = '' LIMIT 1) send;
      ALTER TABLE territories FORCE ROW LEVEL SECURITY;
      ALTER TABLE users FORCE ROW LEVEL SECURITY;
      ALTER TABLE sends FORCE ROW LEVEL SECURITY;
      ALTER TABLE services FORCE ROW LEVEL SECURITY;
      ALTER TABLE notifications FORCE ROW LEVEL SECURITY;
      COMMIT;`);
    await owner.query("VACUUM ANALYZE notifications");
  } finally {
    await owner.end();
  }
}

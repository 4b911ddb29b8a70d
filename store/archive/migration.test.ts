import type { Knex } from "knex";
import pg from "pg";
import { afterEach, beforeEach, expect, it } from "vitest";
import { connected } from "../../testing/database-admin.ts";
import { createDatabase, type TestDatabase } from "../../testing/database.ts";
import { until } from "../../testing/until.ts";
import { openDatabase } from "../db/knex.ts";
import { migrate } from "../db/migrate.ts";
import { installTransitions, nameOf } from "../db/transitions.ts";
import { migrationSource } from "../migrations/index.ts";
import { SOURCES } from "./partitions.ts";

let database: TestDatabase;
let client: pg.Client;
beforeEach(async () => {
  database = await createDatabase();
  client = new pg.Client({ connectionString: database.url, options: "-c search_path=public,pg_temp" });
});
afterEach(async () => {
  await client.end();
  await database.drop();
});

/** The database as before the partitions, and the owner's login on it. */
async function older(): Promise<Knex> {
  const owner = openDatabase(database.url, { max: 1 });
  await migrate(owner, before);
  // Of today's functions some need tables that come later.
  await owner.raw("SET check_function_bodies = off");
  await installTransitions(owner);
  await client.connect();
  await client.query("SELECT set_config('app.actor', 'relay', false)");
  return owner;
}

const before: typeof migrationSource = {
  ...migrationSource,
  getMigrations: async (extensions) =>
    (await migrationSource.getMigrations(extensions)).filter((name) => name < "0043"),
};

/** Kept plans and functions of the session, as a node's are. */
async function write(times: number): Promise<void> {
  for (let n = 0; n < times; n += 1) {
    const values = ["test.act", "ok", null, null, "{}"];
    const text = `SELECT ${nameOf("put_on_record")}($1, $2, $3, $4, $5)`;
    await client.query({ name: "act", text, values });
  }
}

it("the tables of before become first partitions as they are, beside a session that goes on", async () => {
  const owner = await older();
  await owner.raw("CREATE ROLE ?? LOGIN", [`${new URL(database.url).username}_app`]);
  await owner.raw("GRANT SELECT, INSERT ON audit_events, delivery_events TO ??", [
    `${new URL(database.url).username}_app`,
  ]);
  await owner.raw("GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO ??", [
    `${new URL(database.url).username}_app`,
  ]);
  const facts = async (table: string): Promise<unknown> =>
    (await client.query("SELECT pg_relation_filenode($1::regclass) AS file", [table])).rows[0];
  await write(7);
  const files = await Promise.all(SOURCES.map(facts));

  await migrate(owner);
  await write(7);

  expect(await Promise.all(SOURCES.map((table) => facts(`${table}_before`)))).toEqual(files);
  await owner.raw("ALTER TABLE audit_events NO FORCE ROW LEVEL SECURITY");
  const { rows } = await owner.raw(
    "SELECT id, tableoid::regclass::text AS part FROM audit_events ORDER BY id",
  );
  expect(rows).toEqual(Array.from({ length: 14 }, (_, n) => ({ id: n + 1, part: "audit_events_before" })));
  const rights = await owner.raw(
    `SELECT relname, has_table_privilege(:login, oid, 'SELECT, INSERT') AS has FROM pg_class
     WHERE relname IN ('audit_events', 'audit_events_before', 'delivery_events', 'delivery_events_before') ORDER BY 1`,
    { login: `${new URL(database.url).username}_app` },
  );
  expect(rights.rows).toEqual([
    { relname: "audit_events", has: true },
    { relname: "audit_events_before", has: false },
    { relname: "delivery_events", has: true },
    { relname: "delivery_events_before", has: false },
  ]);
  const numbers = await owner.raw(
    "SELECT relname FROM pg_class WHERE relname ~ '_events_id_seq$' AND has_sequence_privilege(:login, oid, 'USAGE') ORDER BY 1",
    { login: `${new URL(database.url).username}_app` },
  );
  expect(numbers.rows).toEqual(SOURCES.toSorted().map((name) => ({ relname: `${name}_id_seq` })));
  await owner.destroy();
});

it("a call that waits for the migration ends well", async () => {
  const owner = await older();
  await write(7);
  await connected(database.url, async (beside) => {
    // Read, a sequence can't be renamed: the migration waits with both tables locked.
    await beside.query("BEGIN");
    await beside.query("SELECT FROM audit_events_id_seq");
    const waits = async (): Promise<number> => {
      const { rows } = await beside.query(
        "SELECT FROM pg_locks WHERE NOT granted AND database = (SELECT oid FROM pg_database WHERE datname = current_database())",
      );
      return rows.length;
    };
    const migrated = migrate(owner);
    await until("the migration waits", async () => (await waits()) === 1);
    const written = write(1);
    await until("the call waits", async () => (await waits()) === 2);
    await beside.query("COMMIT");
    await Promise.all([migrated, written]);
  });
  await write(7);
  await owner.destroy();
});

import type { Knex } from "knex";
import pg from "pg";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createLog } from "../../config/log.ts";
import { connected } from "../../testing/database-admin.ts";
import { createDatabase, type TestDatabase } from "../../testing/database.ts";
import { until } from "../../testing/until.ts";
import { migrationOf } from "../migrations/index.ts";
import { openDatabase } from "./knex.ts";
import { lockPreparation, migrate } from "./migrate.ts";
import { whenReachable } from "./reachable.ts";
import { DatabaseSetupError } from "./runtime-login.ts";

const sourceOf = (migrations: Record<string, string[]>): Knex.MigrationSource<string> => ({
  getMigrations: () => Promise.resolve(Object.keys(migrations)),
  getMigrationName: (name) => name,
  getMigration: (name) => Promise.resolve(migrationOf(migrations[name] ?? [])),
});

describe("a migration of tables in use", () => {
  let database: TestDatabase;
  let reader: pg.Client;
  beforeEach(async () => {
    database = await createDatabase();
    await connected(database.url, (client) =>
      client.query("CREATE TABLE wards (id integer); INSERT INTO wards VALUES (1)"),
    );
    reader = new pg.Client({ connectionString: database.url });
    await reader.connect();
  });
  afterEach(async () => {
    await reader.end();
    await database.drop();
  });

  /** Prepares the database as a node's start does. */
  async function prepare(migrations: Record<string, string[]>): Promise<void> {
    const patience = { log: createLog("silent"), signal: new AbortController().signal };
    await whenReachable(database.url, patience, async () => {
      const owner = openDatabase(database.url, { max: 1 });
      try {
        await lockPreparation(owner);
        await migrate(owner, sourceOf(migrations));
      } finally {
        await owner.destroy();
      }
    });
  }

  it("waits for them and holds up nobody for long", async () => {
    await reader.query("BEGIN");
    await reader.query("SELECT FROM wards");
    let over = false;
    const prepared = prepare({ add: ["ALTER TABLE wards ADD COLUMN name text"] }).finally(
      () => (over = true),
    );
    await connected(database.url, async (client) => {
      // The reader stays, so a migration that stayed in the queue would hold this up until it fails.
      await client.query("SET statement_timeout = '30s'");
      let held = 0;
      await until("it has stood in the queue, and left it, twice", async () => {
        const from = performance.now();
        await client.query("SELECT FROM wards");
        held += Number(performance.now() - from > 500);
        return held === 2;
      });
    });
    expect(over).toBe(false);
    await reader.query("COMMIT");
    await prepared;
    await reader.query("SELECT name FROM wards");
  });

  it("says its name where it fails, and nothing of it stays", async () => {
    const failing = prepare({
      first: ["CREATE TABLE beds ()"],
      second: ["CREATE TABLE rooms ()", "SELECT 1 / 0"],
    });
    await expect(failing).rejects.toThrow(/The migration second failed: .*division by zero/);
    await expect(failing).rejects.toBeInstanceOf(DatabaseSetupError);
    const { rows } = await reader.query("SELECT to_regclass('beds') AS beds, to_regclass('rooms') AS rooms");
    expect(rows).toEqual([{ beds: null, rooms: null }]);
  });

  it("builds an index beside those who write, though other nodes wait for their turn", async () => {
    const build = [
      "DROP INDEX CONCURRENTLY IF EXISTS wards_id",
      "CREATE INDEX CONCURRENTLY wards_id ON wards (id)",
    ];
    await reader.query("BEGIN");
    await reader.query("INSERT INTO wards VALUES (2)");
    const nodes = Promise.all([prepare({ build }), prepare({ build }), prepare({ build })]);
    await connected(database.url, async (client) => {
      await until("the index is begun", async () => {
        const { rows } = await client.query("SELECT FROM pg_class WHERE relname = 'wards_id'");
        return rows.length === 1;
      });
      await client.query("INSERT INTO wards VALUES (3)");
    });
    await reader.query("COMMIT");
    await nodes;
    const { rows } = await reader.query(
      "SELECT indisvalid FROM pg_index WHERE indexrelid = 'wards_id'::regclass",
    );
    expect(rows).toEqual([{ indisvalid: true }]);
  });

  it("builds an index anew that an interrupted start left unfinished", async () => {
    await reader.query("CREATE INDEX wards_id ON wards (id)");
    await prepare({
      build: [
        "DROP INDEX CONCURRENTLY IF EXISTS wards_id",
        "CREATE INDEX CONCURRENTLY wards_id ON wards (id)",
      ],
    });
    const { rows } = await reader.query("SELECT name FROM schema_migrations");
    expect(rows).toEqual([{ name: "build" }]);
  });
});

import { afterEach, beforeEach, describe, expect, inject, it } from "vitest";
import { createDatabase, createMigratedDatabase, type TestDatabase } from "../../testing/database.ts";
import { connected } from "../../testing/database-admin.ts";
import { openDatabase } from "./knex.ts";
import { migrateDatabase, prepareDatabase } from "./prepare.ts";
import { configFor } from "../../testing/hospital.ts";

let database: TestDatabase;
afterEach(() => database.drop());

const query = (url: string, sql: string): Promise<Record<string, unknown>[]> =>
  connected(url, async (client) => (await client.query<Record<string, unknown>>(sql)).rows);

/** The run's own login, a superuser, on this database. */
function superuserUrl(): string {
  const url = new URL(inject("databaseUrl"));
  url.pathname = new URL(database.url).pathname;
  return url.href;
}

/** Makes a login, runs `statements` to strengthen it, and answers its URL. */
async function makeLogin(suffix: string, ...statements: string[]): Promise<string> {
  const url = new URL(database.url);
  const owner = url.username;
  const name = `${owner}_${suffix}`;
  await query(superuserUrl(), `CREATE ROLE ${name} LOGIN PASSWORD 'secret'`);
  for (const statement of statements)
    await query(superuserUrl(), statement.replaceAll("LOGIN_NAME", name).replaceAll("OWNER_NAME", owner));
  [url.username, url.password] = [name, "secret"];
  return url.href;
}

describe("preparing a database", () => {
  beforeEach(async () => {
    database = await createDatabase();
  });

  it("makes a second login, with few rights, from the owner's URL", async () => {
    const runtime = await prepareDatabase(configFor(database.url));
    expect(new URL(runtime).username).toBe(`${new URL(database.url).username}_app`);
    const [login] = await query(
      runtime,
      "SELECT rolsuper, rolbypassrls, rolcreaterole, rolcreatedb, rolinherit FROM pg_roles WHERE rolname = current_user",
    );
    expect(new Set(Object.values(login ?? {}))).toEqual(new Set([false]));
    for (const sql of [
      "DELETE FROM notifications",
      "DROP TABLE notifications",
      "DELETE FROM schema_migrations",
      "CREATE TABLE mine ()",
    ])
      await expect(query(runtime, sql), sql).rejects.toThrow(/permission denied|must be owner/);
  });

  it("lets the login make no large objects, where the owner is a superuser", async () => {
    const plain = await makeLogin("plain");
    await prepareDatabase(configFor(plain, superuserUrl()));
    for (const sql of ["SELECT lo_create(0)", "SELECT lo_creat(-1)", "SELECT lo_from_bytea(0, 'x')"])
      await expect(query(plain, sql), sql).rejects.toThrow(/permission denied/);
  });

  it("is done again without harm, also on several nodes at once", async () => {
    const config = configFor(database.url);
    const all = await Promise.all([
      prepareDatabase(config),
      prepareDatabase(config),
      prepareDatabase(config),
    ]);
    expect(new Set([...all, await prepareDatabase(config)]).size).toBe(1);
    const migrations = await query(database.url, "SELECT name FROM schema_migrations");
    expect(new Set(migrations.map(({ name }) => name)).size).toBe(migrations.length);
    const knex = openDatabase(all[0]);
    expect((await knex.raw("SELECT current_user AS name")).rows).toHaveLength(1);
    await knex.destroy();
  });

  it("is left to who has the owner's login: with a plain one alone a node starts on what was prepared, and on nothing else", async () => {
    const runtime = await makeLogin("plain");
    const start = (): Promise<string> => prepareDatabase(configFor(runtime));
    const unprepared = (missing: string) =>
      expect(start()).rejects.toThrow(`not prepared for this version (${missing} is missing)`);
    await unprepared("0001_initial");
    await migrateDatabase(database.url, runtime);
    expect(await start()).toBe(runtime);
    await query(database.url, "DELETE FROM schema_migrations WHERE name = '0034_passkeys'");
    await unprepared("0034_passkeys");
    await query(database.url, "INSERT INTO schema_migrations (name) VALUES ('0034_passkeys')");
    const [{ proname } = {}] = await query(
      database.url,
      "SELECT proname FROM pg_proc WHERE proname ~ '^claim_'",
    );
    await query(database.url, `ALTER FUNCTION ${proname} RENAME TO gone`);
    await unprepared(String(proname));
  });
});

describe("preparing a database that has its tables", () => {
  beforeEach(async () => {
    database = await createMigratedDatabase();
  });

  it("works on a database that a newer node has migrated, or was killed while migrating", async () => {
    const config = configFor(database.url);
    const runtime = await prepareDatabase(config);
    await query(
      database.url,
      `INSERT INTO schema_migrations (name, batch, migration_time) VALUES ('9999_of_a_newer_node', 2, now());
       UPDATE schema_migrations_lock SET is_locked = 1`,
    );
    expect(await prepareDatabase(config)).toBe(runtime);
  });

  it("leaves the transitions of other versions to the nodes that call them", async () => {
    const config = configFor(database.url);
    await prepareDatabase(config);
    const other =
      "CREATE FUNCTION claim_0123456789() RETURNS jsonb LANGUAGE sql AS $$ SELECT jsonb_build_object() $$";
    await query(database.url, other);
    await prepareDatabase(config);
    const found = await query(
      database.url,
      "SELECT proname FROM pg_proc WHERE proname ~ '^claim_[0-9a-f]{10}$'",
    );
    expect(found).toHaveLength(2);
  });

  it("runs with a plain login that is given beside the owner's, and makes no other", async () => {
    const runtime = await makeLogin("plain");
    const used = await prepareDatabase(configFor(runtime, database.url));
    expect(new URL(used).username).toBe(new URL(runtime).username);
    expect(await query(used, "SELECT * FROM notifications")).toEqual([]);
    const made = await query(database.url, "SELECT FROM pg_roles WHERE rolname = current_user || '_app'");
    expect(made).toEqual([]);
  });

  it.each([
    ["is a superuser", ["ALTER ROLE LOGIN_NAME SUPERUSER"]],
    ["has BYPASSRLS", ["ALTER ROLE LOGIN_NAME BYPASSRLS"]],
    ["owns the tables", ["GRANT OWNER_NAME TO LOGIN_NAME"]],
    ["owns the tables", ["GRANT OWNER_NAME TO LOGIN_NAME", "ALTER ROLE LOGIN_NAME NOINHERIT"]],
    ["has CREATEROLE", ["ALTER ROLE LOGIN_NAME CREATEROLE"]],
    ["has REPLICATION", ["ALTER ROLE LOGIN_NAME REPLICATION"]],
    ["may use files or programs of the server", ["GRANT pg_execute_server_program TO LOGIN_NAME"]],
  ])("refuses a login that %s (%j)", async (strength, statements) => {
    const runtime = await makeLogin("strong", ...statements);
    const preparing = prepareDatabase(configFor(runtime, database.url));
    await expect(preparing).rejects.toThrow(
      `The login in DATABASE_URL ${strength}, so row-level security would not hold. Use one made with ` +
        "CREATE ROLE … LOGIN NOSUPERUSER NOBYPASSRLS",
    );
  });

  it("refuses the owner of the tables itself", async () => {
    await expect(prepareDatabase(configFor(database.url, database.url))).rejects.toThrow(
      /DATABASE_URL owns the tables/,
    );
  });

  it("says what to do where the owner can't make the second login", async () => {
    const { username } = new URL(database.url);
    await query(superuserUrl(), `ALTER ROLE ${username} NOCREATEROLE`);
    await expect(prepareDatabase(configFor(database.url))).rejects.toThrow(
      `can't make the second login "${username}_app" that the program runs with. Give it CREATEROLE`,
    );
  });
});

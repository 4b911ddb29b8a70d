import { expect, inject, test } from "vitest";
import { createDatabase } from "./database.ts";
import { connected, dropDatabases, makeDatabase } from "./database-admin.ts";

async function count(sql: string, value: string): Promise<number> {
  return connected(inject("databaseUrl"), async (client) => (await client.query(sql, [value])).rowCount ?? 0);
}

test("an owner that is no superuser can make tables and a login, and all of it goes again", async () => {
  const { url, drop } = await createDatabase();
  const owner = new URL(url).username;
  const login = `${owner}_runtime`;
  await connected(url, async (client) => {
    const { rows } = await client.query(
      "select rolsuper, rolcreaterole, rolbypassrls from pg_roles where rolname = $1",
      [owner],
    );
    expect(rows).toEqual([{ rolsuper: false, rolcreaterole: true, rolbypassrls: false }]);
    await client.query(
      `create table things (id int); create role ${login} login; grant select on things to ${login}`,
    );
  });
  await drop();
  expect(await count("select 1 from pg_roles where starts_with(rolname, $1)", owner)).toBe(0);
  expect(await count("select 1 from pg_database where datname = $1", owner)).toBe(0);
});

test("what a run forgot to drop can be dropped by the run's id", async () => {
  const runId = "0forgot0";
  const { name, url } = await makeDatabase(inject("databaseUrl"), runId);
  await connected(url, (client) => client.query("create table things (id int)"));
  await dropDatabases(inject("databaseUrl"), runId);
  expect(await count("select 1 from pg_database where datname = $1", name)).toBe(0);
});

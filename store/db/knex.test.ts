import { randomBytes } from "node:crypto";
import type { Knex } from "knex";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createDatabase, type TestDatabase } from "../../testing/database.ts";
import { connected } from "../../testing/database-admin.ts";
import { openLink } from "../../test/faults/link.ts";
import { actAs, isUnavailable, openDatabase } from "./knex.ts";

describe("a pool of connections", () => {
  const table = `things_${randomBytes(4).toString("hex")}`;
  let database: TestDatabase;
  let knex: Knex;

  beforeAll(async () => {
    database = await createDatabase();
    await connected(database.url, (owner) =>
      owner.query(`CREATE TABLE ${table} (id int); INSERT INTO ${table} VALUES (1)`),
    );
    knex = openDatabase(database.url, { max: 1 });
  });
  afterAll(async () => {
    await knex.destroy();
    await database.drop();
  });

  const actor = async (trx: Knex): Promise<string> => {
    const { rows } = await trx.raw("SELECT current_setting('app.actor', true) AS actor, ?::int AS n", [1]);
    return rows[0].actor;
  };

  it("says who acts for the length of one transaction, also after one that failed", async () => {
    expect(await actAs(knex, "user:one", actor)).toBe("user:one");
    const failing = actAs(knex, "user:two", (trx) => trx.raw("SELECT 1 / ?::int", [0]));
    await expect(failing).rejects.toThrow(/division by zero/);
    await expect(actAs(knex, "user:two", () => Promise.reject(new Error("on purpose")))).rejects.toThrow(
      "on purpose",
    );
    expect(await actor(knex)).toBe("");
    expect(await actAs(knex, "user:three", actor)).toBe("user:three");
  });

  it("undoes statements that were sent beside one that failed", async () => {
    const work = actAs(knex, "setup", (trx) =>
      Promise.all([
        trx(table).insert({ id: 2 }),
        trx.raw("SELECT 1 / ?::int", [0]),
        trx(table).insert({ id: 3 }),
      ]),
    );
    await expect(work).rejects.toThrow(/division by zero/);
    expect(await knex(table).pluck("id")).toEqual([1]);
  });

  it("keeps plans, and gets over a migration that makes one stale", async () => {
    const read = () => actAs(knex, "setup", (trx) => trx(table).where({ id: 1 }).select("*"));
    expect(await read()).toEqual([{ id: 1 }]);
    const kept = await knex.raw("SELECT statement FROM pg_prepared_statements WHERE statement LIKE ?", [
      `select%${table}%`,
    ]);
    expect(kept.rows).toHaveLength(1);

    await connected(database.url, (owner) => owner.query(`ALTER TABLE ${table} ADD COLUMN name text`));
    const error: unknown = await read().then(
      () => null,
      (reason: unknown) => reason,
    );
    expect(isUnavailable(error)).toBe(true);
    expect(await read()).toEqual([{ id: 1, name: null }]);
  });
});

it("a pool that serves gives up a connection that is silent for longer than any statement may take", async () => {
  const database = await createDatabase();
  const link = await openLink(Number(new URL(database.url).port));
  const behind = new URL(database.url);
  behind.port = String(link.port);
  const knex = openDatabase(behind.href, { max: 1, serves: true });
  try {
    const pid = async (): Promise<number> =>
      (await knex.raw("SELECT pg_backend_pid() AS pid, ?::int", [1])).rows[0].pid;
    const before = await pid();
    link.hang();
    const error: unknown = await pid().catch((reason: unknown) => reason);
    expect(isUnavailable(error)).toBe(true);
    link.mend();
    expect(await pid()).not.toBe(before);
  } finally {
    link.mend();
    await knex.destroy();
    await link.close();
    await database.drop();
  }
});

describe("a database that is out of service", () => {
  it.each([
    ["timeout expired", {}],
    ["Client has encountered a connection error and is not queryable", {}],
    ["Client was closed and is not queryable", {}],
    ["Connection terminated unexpectedly", {}],
    ["terminating connection due to administrator command", {}],
    ["something", { code: "57P01" }],
    ["something", { code: "25P03" }],
    ["something", { code: "53100" }],
    ["cannot execute INSERT in a read-only transaction", { code: "25006" }],
    ["could not write block 0 of file", { code: "58030" }],
    ["deadlock detected", { code: "40P01" }],
    ["could not serialize access", { code: "40001" }],
    ["wrong record type supplied", { code: "42804" }],
    ["canceling statement due to lock timeout", { code: "55P03" }],
    ["something", { nativeError: Object.assign(new Error("inside"), { code: "57P01" }) }],
    ["something", { nativeError: new Error("Connection terminated") }],
  ])("is told by %s %o", (message, more) => {
    expect(isUnavailable(Object.assign(new Error(message), more))).toBe(true);
  });

  it.each([
    ["duplicate key", { code: "23505" }],
    ["something", { nativeError: Object.assign(new Error("inside"), { code: "23505" }) }],
    ["division by zero", {}],
  ])("is not told by %s %o", (message, more) => {
    expect(isUnavailable(Object.assign(new Error(message), more))).toBe(false);
  });
});

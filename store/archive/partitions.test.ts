import type pg from "pg";
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { createLog } from "../../config/log.ts";
import { createMetrics } from "../../node/metrics.ts";
import { startPartitions } from "../../node/partitions.ts";
import { type AuditBed, createAuditBed } from "../../testing/audit-bed.ts";
import { endPartition, monthsOn } from "../../testing/partitions.ts";
import { until } from "../../testing/until.ts";
import { findAltered } from "../audit/installed.ts";
import { actAs, openDatabase } from "../db/knex.ts";
import { prepareDatabase } from "../db/prepare.ts";
import { makePartitions, SOURCES } from "./partitions.ts";

let bed: AuditBed;
let owner: pg.Client;
beforeEach(async () => {
  bed = await createAuditBed();
  ({ owner } = bed);
});
afterEach(() => bed.close());

/** The partitions by name, with their bounds. */
async function partitions(table: string): Promise<Record<string, string>> {
  await owner.query("SET timezone = 'UTC'");
  const { rows } = await owner.query(
    `SELECT relname, pg_get_expr(relpartbound, pg_class.oid) AS bound FROM pg_inherits JOIN pg_class ON pg_class.oid = inhrelid
     WHERE inhparent = $1::regclass ORDER BY 1`,
    [table],
  );
  return Object.fromEntries(rows.map(({ relname, bound }) => [relname, bound]));
}
const month = (date: Date): string => `${date.toISOString().slice(0, 7)}-01 00:00:00+00`;
const nameOf = (table: string, date: Date): string =>
  `${table}_${date.toISOString().slice(0, 7).replace("-", "_")}`;

describe.each(SOURCES)("the partitions of %s", (table) => {
  it("are the table of before, one a month until three months on, and one for all other rows", async () => {
    const [{ ends } = { ends: new Date(0) }] = (await makePartitions(bed.knex)).filter(
      ({ parent }) => parent === table,
    );
    expect(ends).toEqual(monthsOn(4));
    const found = await partitions(table);
    expect(Object.keys(found)).toContain(`${table}_before`);
    expect(found[`${table}_default`]).toBe("DEFAULT");
    expect(found[nameOf(table, monthsOn(3))]).toBe(
      `FOR VALUES FROM ('${month(monthsOn(3))}') TO ('${month(monthsOn(4))}')`,
    );
    const { rows } = await owner.query(
      `SELECT ends - now() > interval '31 days' AS room FROM (SELECT max(substring(pg_get_expr(relpartbound, oid) FROM 'TO \\(''([^'']+)')::timestamptz) AS ends
       FROM pg_class WHERE relname = $1) AS before`,
      [`${table}_before`],
    );
    expect(rows).toEqual([{ room: true }]);
  });

  it("are made by the program's login, once, as they were installed", async () => {
    for (const source of SOURCES)
      for (const n of [2, 3]) await owner.query(`DROP TABLE IF EXISTS ${nameOf(source, monthsOn(n))}`);
    await Promise.all([makePartitions(bed.knex), makePartitions(bed.knex)]);
    await makePartitions(bed.knex);
    expect(Object.keys(await partitions(table))).toContain(nameOf(table, monthsOn(3)));
    expect(await findAltered(bed.knex)).toEqual([]);
    await expect(bed.knex.raw(`SELECT make_partition('${table}', 'mine', 'DEFAULT')`)).rejects.toMatchObject({
      code: "42501",
    });
  });

  it("are made in a session of that login that reads backslashes otherwise", async () => {
    for (const source of SOURCES) await owner.query(`DROP TABLE ${nameOf(source, monthsOn(3))}`);
    const other = openDatabase(await prepareDatabase(bed.config), { max: 1 });
    onTestFinished(() => other.destroy());
    await other.raw("SET standard_conforming_strings = off");
    expect((await makePartitions(other)).map(({ ends }) => ends)).toEqual([monthsOn(4), monthsOn(4)]);
  });

  it("take what no month takes, and what they took becomes the partition of its months", async () => {
    await endPartition(owner, table);
    for (const source of SOURCES)
      for (const n of [1, 2, 3]) await owner.query(`DROP TABLE IF EXISTS ${nameOf(source, monthsOn(n))}`);
    const write = (): Promise<unknown> =>
      table === "audit_events"
        ? bed.act(3)
        : owner.query(
            "INSERT INTO delivery_events (notification_id, territory_id, status) SELECT gen_random_uuid(), 'north', 'accepted' FROM generate_series(1, 3)",
          );
    const count = async (name: string): Promise<number> =>
      (await owner.query(`SELECT count(*) AS n FROM ${name}`)).rows[0].n;
    await write();
    expect(await count(`${table}_default`)).toBe(3);
    await makePartitions(bed.knex);
    expect(await count(`${table}_default`)).toBe(0);
    await write();
    expect(await count(`${table}_default`)).toBe(0);
    expect(await count(table)).toBe(6);
    expect(await findAltered(bed.knex)).toEqual([]);
    if (table === "audit_events") await bed.sealAll();
  });
});

describe("a timeline's event", () => {
  const INSERT = `INSERT INTO delivery_events (id, notification_id, territory_id, status, at) OVERRIDING SYSTEM VALUE
    VALUES (?, ?, 'north', 'sent', now() + ?::interval) RETURNING id, at <= clock_timestamp() AS past`;
  const id = "00000000-0000-7000-8000-000000000001";
  const insert = (number: number, ahead: string): Promise<unknown> =>
    actAs(bed.knex, `worker:${id}`, async (trx) => (await trx.raw(INSERT, [number, id, ahead])).rows);

  it("has a number of its own, and a time that does not lie ahead, whatever is given", async () => {
    expect(await insert(77, "0")).toEqual([{ id: 1, past: true }]);
    expect(await insert(1, "2 seconds")).toEqual([{ id: 2, past: true }]);
    await expect(insert(3, "80 years")).rejects.toMatchObject({ code: "0A000" });
  });

  it("is never changed, whoever may change the table", async () => {
    await insert(1, "0");
    const change = (): Promise<unknown> =>
      actAs(bed.knex, `worker:${id}`, (trx) => trx("delivery_events").update({ at: "2100-01-01" }));
    await expect(change()).rejects.toThrow(/permission denied/);
    await owner.query(`GRANT UPDATE ON delivery_events TO ${new URL(bed.config.database.url).username}_app`);
    await expect(change()).rejects.toThrow(/delivery_events_before is append-only/);
  });
});

describe("making partitions", () => {
  const missing = async (): Promise<void> => {
    for (const source of SOURCES)
      for (const n of [1, 2, 3]) await owner.query(`DROP TABLE IF EXISTS ${nameOf(source, monthsOn(n))}`);
  };
  const isMade = async (table: string): Promise<boolean> =>
    nameOf(table, monthsOn(3)) in (await partitions(table));

  it("leaves rows of times that no month takes in the default partition", async () => {
    const ends = (await endPartition(owner, "delivery_events")).toISOString();
    await missing();
    await owner.query(
      `ALTER TABLE delivery_events DETACH PARTITION delivery_events_before;
       ALTER TABLE delivery_events ATTACH PARTITION delivery_events_before FOR VALUES FROM ('2020-01-01') TO ('${ends}')`,
    );
    await owner.query("ALTER TABLE delivery_events DISABLE TRIGGER delivery_stamp");
    const times = ["2001-01-01", ends, "2100-01-01"];
    await owner.query(
      `INSERT INTO delivery_events (id, notification_id, territory_id, status, at)
       SELECT n, gen_random_uuid(), 'north', 'sent', at FROM unnest($1::timestamptz[]) WITH ORDINALITY AS times (at, n)`,
      [times],
    );
    await owner.query("ALTER TABLE delivery_events ENABLE TRIGGER delivery_stamp");
    await owner.query("SET timezone = 'UTC'");
    await makePartitions(bed.knex);
    expect(await isMade("delivery_events")).toBe(true);
    const { rows } = await owner.query(
      "SELECT id, tableoid::regclass = 'delivery_events_default'::regclass AS stray FROM delivery_events ORDER BY id",
    );
    expect(rows).toEqual([1, 2, 3].map((n) => ({ id: n, stray: n !== 2 })));
    expect(await findAltered(bed.knex)).toEqual([]);
  });

  it("goes on with one table while the other can't be had, and says so", async () => {
    await missing();
    await owner.query("BEGIN; LOCK TABLE ONLY delivery_events IN SHARE UPDATE EXCLUSIVE MODE");
    const metrics = createMetrics();
    const loop = startPartitions({ knex: bed.knex, metrics, log: createLog("silent") });
    loop.poke();
    await loop.stop();
    await owner.query("COMMIT");
    expect([await isMade("delivery_events"), await isMade("audit_events")]).toEqual([false, true]);
    expect(await metrics.registry.metrics()).toContain('tocsin_loop_failures_total{loop="partitions"} 1');
    await makePartitions(bed.knex);
    expect(await isMade("delivery_events")).toBe(true);
  });

  it("can't be held up by the program's login", async () => {
    await missing();
    await bed.knex.transaction(async (trx) => {
      await trx.raw("SELECT pg_advisory_xact_lock(?)", [7_011_006]);
      await expect(
        trx.transaction((inner) => inner.raw("LOCK TABLE ONLY audit_events IN SHARE UPDATE EXCLUSIVE MODE")),
      ).rejects.toMatchObject({ code: "42501" });
      await makePartitions(bed.knex);
    });
    expect([await isMade("delivery_events"), await isMade("audit_events")]).toEqual([true, true]);
  });
});

describe("a node", () => {
  it("makes the partitions to come, and says when the last one ends", async () => {
    await owner.query(`DROP TABLE ${nameOf("audit_events", monthsOn(3))}`);
    const metrics = createMetrics();
    const loop = startPartitions({ knex: bed.knex, metrics, log: createLog("silent") });
    loop.poke();
    await until(
      "they are made",
      async () => nameOf("audit_events", monthsOn(3)) in (await partitions("audit_events")),
    );
    await loop.stop();
    const end = `tocsin_partitions_end_timestamp_seconds{table="audit_events"} ${monthsOn(4).getTime() / 1_000}`;
    expect(await metrics.registry.metrics()).toContain(end);
  });

  it("counts each time that it can't", async () => {
    const metrics = createMetrics();
    const away = openDatabase("postgres://nobody@127.0.0.1:1/none", { max: 1 });
    const loop = startPartitions({ knex: away, metrics, log: createLog("silent") });
    loop.poke();
    await loop.stop();
    await away.destroy();
    expect(await metrics.registry.metrics()).toContain('tocsin_loop_failures_total{loop="partitions"} 1');
  });
});

it("refuses an event whose time is said to be another partition's", async () => {
  await endPartition(owner, "audit_events");
  await makePartitions(bed.knex);
  const forged = actAs(bed.knex, "relay", (trx) =>
    trx("audit_events").insert({
      actor: "relay",
      action: "test.forge",
      outcome: "ok",
      at: "2001-01-01",
      leaf: Buffer.alloc(32),
    }),
  );
  await expect(forged).rejects.toMatchObject({ code: "0A000" });
});

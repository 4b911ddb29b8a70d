import { generateKeyPairSync } from "node:crypto";
import pg from "pg";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { LOCKS } from "../db/locks.ts";
import { actAs } from "../db/knex.ts";
import { prepareDatabase } from "../db/prepare.ts";
import { findCheckpoint, insertCheckpoint, isGenuine, signCheckpoint, type Unsigned } from "./checkpoint.ts";
import { MerkleRoot } from "./merkle.ts";
import { CounterWentBackError, oldestUnsealed, seal } from "./seal.ts";
import { until } from "../../testing/until.ts";
import { type AuditBed, createAuditBed } from "../../testing/audit-bed.ts";
import { aPerson } from "../../testing/nouns.ts";

let bed: AuditBed;
beforeEach(async () => {
  bed = await createAuditBed();
});
afterEach(() => bed.close());

const lag = (): Promise<Date | null> =>
  actAs(bed.knex, "sealer", async (trx) => oldestUnsealed(trx, await findCheckpoint(trx)));

describe("seal", () => {
  it("seals every event once, in ranges that leave no gap, each chained to the one before", async () => {
    await bed.act(5);
    const [first] = await bed.sealAll();
    await bed.act(3);
    const [second] = await bed.sealAll();
    expect(first).toMatchObject({ id: 1, epoch: 1, lo: 0n, count: 5, previous: Buffer.alloc(32) });
    expect(second).toMatchObject({ id: 2, epoch: 1, lo: first?.hi, count: 3, previous: first?.hash });
    const stored = await actAs(bed.knex, "sealer", (trx) => findCheckpoint(trx));
    expect(stored).toEqual(second);
    expect(stored !== null && isGenuine(stored)).toBe(true);
    expect(await lag()).toBeNull();
    expect(await seal(bed.knex, bed.key)).toEqual([]);
  });

  it("waits for a transaction that is open, and seals it with all that began after it", async () => {
    await bed.act(2);
    await bed.sealAll();
    const open = new pg.Client({ connectionString: bed.config.database.url });
    await open.connect();
    await open.query("BEGIN; SELECT set_config('app.actor', 'relay', true)");
    await open.query("INSERT INTO audit_events (actor, action, outcome) VALUES ('relay', 'test.late', 'ok')");
    await bed.act(4);
    expect(await seal(bed.knex, bed.key)).toEqual([]);
    expect(await lag()).toBeInstanceOf(Date);
    await open.query("COMMIT");
    await open.end();
    expect(await bed.sealAll()).toMatchObject([{ id: 2, count: 5 }]);
  });

  it("seals an event of the transaction that it waited for, whatever its number", async () => {
    await bed.act(2);
    const [first] = await bed.sealAll();
    await bed.tamper(
      `INSERT INTO audit_events (id, xid, actor, action, outcome, leaf) SELECT id, $1::text::xid8, 'relay', 'test.low', 'ok', ''
       FROM unnest(ARRAY[-9223372036854775808, -5]) AS id`,
      String(first?.hi),
    );
    await bed.act(1);
    expect(await bed.sealAll()).toMatchObject([{ id: 2, lo: first?.hi, count: 3 }]);
  });

  it("goes on while an admin's act is under way", async () => {
    await bed.act(2);
    const admin = new pg.Client({ connectionString: bed.config.database.url });
    await admin.connect();
    await admin.query("SELECT pg_advisory_lock($1)", [LOCKS.administer]);
    expect(await bed.sealAll()).toMatchObject([{ id: 1, count: 2 }]);
    await admin.end();
  });

  it("makes one chain of many sealers at once", async () => {
    for (let round = 1; round <= 3; round += 1) {
      await bed.act(2);
      await Promise.all(Array.from({ length: 4 }, () => seal(bed.knex, bed.key)));
    }
    await bed.sealAll();
    const { rows } = await bed.owner.query(
      "SELECT sum(count)::int AS events, count(*)::int AS checkpoints, max(id)::int AS last FROM audit_checkpoints",
    );
    expect(rows[0].events).toBe(6);
    expect(rows[0].last).toBe(rows[0].checkpoints);
  });

  it("ends a checkpoint between transactions once it is full", async () => {
    await bed.act(3);
    await actAs(bed.knex, "relay", (trx) =>
      trx("audit_events").insert(
        Array.from({ length: 5 }, () => ({ actor: "relay", action: "test.batch", outcome: "ok" })),
      ),
    );
    await bed.act(2);
    const sealed = await bed.sealAll({ maxEvents: 4 });
    expect(sealed.map(({ count }) => count)).toEqual([8, 2]);
  });

  it("seals a quiet record too, but not every time", async () => {
    await bed.act(1);
    await bed.sealAll();
    await bed.owner.query("CREATE TABLE other ()");
    expect(await seal(bed.knex, bed.key)).toEqual([]);
    const later = new Date(Date.now() + 3_600_000);
    const sealed = await until(
      "the quiet is sealed",
      async () => (await seal(bed.knex, bed.key, { now: () => later }))[0],
    );
    expect(sealed).toMatchObject({ id: 2, count: 0, createdAt: later });
  });

  it("closes an epoch and begins the next after a restore", async () => {
    await bed.act(2);
    await bed.sealAll();
    await bed.act(1);
    // As a dump of a cluster with a far higher counter would leave it, restored here.
    await bed.tamper("UPDATE audit_events SET xid = (xid::text::bigint + 1000000)::text::xid8");
    await bed.tamper("UPDATE audit_checkpoints SET hi = (hi::text::bigint + 1000000)::text::xid8");
    await expect(seal(bed.knex, bed.key)).rejects.toThrow(CounterWentBackError);

    for (let start = 0; start < 2; start += 1) await bed.whileBound(() => prepareDatabase(bed.config));
    await bed.act(2);
    expect(await bed.sealAll()).toMatchObject([
      { id: 2, epoch: 1, count: 1 },
      { id: 3, epoch: 2, lo: 0n, count: 2 },
    ]);
  });
});

describe("the program's login", () => {
  it.each(["audit_events", "audit_checkpoints"])("can't change, delete or truncate %s", async (table) => {
    await bed.act(1);
    await bed.sealAll();
    const id = await bed.knex.transaction((trx) => trx.raw("SELECT current_user"));
    expect(id.rows[0].current_user).toMatch(/_app$/);
    for (const sql of [`UPDATE ${table} SET epoch = epoch`, `DELETE FROM ${table}`, `TRUNCATE ${table}`])
      await expect(actAs(bed.knex, "sealer", (trx) => trx.raw(sql))).rejects.toMatchObject({ code: "42501" });
  });

  it.each(["audit_events", "audit_checkpoints"])(
    "shows %s to nobody but the sealer and auditors",
    async (table) => {
      await bed.act(1);
      await bed.sealAll();
      await aPerson(bed, { id: "reader", role: "auditor" });
      await aPerson(bed, { id: "other", role: "admin" });
      for (const [actor, seen] of [
        ["sealer", 1],
        ["user:reader", 1],
        ["user:other", 0],
        ["relay", 0],
        ["setup", 0],
      ] as const)
        expect(await actAs(bed.knex, actor, (trx) => trx(table))).toHaveLength(seen);
      expect(await bed.knex(table)).toHaveLength(0);
    },
  );

  it("appends as the sealer no checkpoint but one that goes on where the last one ended, over transactions that are over", async () => {
    await bed.act(2);
    const [last] = await bed.sealAll();
    await bed.act(1);
    if (last === undefined) throw new Error("nothing was sealed");
    const forger = generateKeyPairSync("ed25519").privateKey;
    const next: Unsigned = {
      ...{ id: 2, epoch: 1, lo: last.hi, hi: last.hi + 1n, count: 0, root: new MerkleRoot().root() },
      ...{ previous: last.hash, createdAt: new Date() },
    };
    const append = (change: Partial<Unsigned>, hash?: Buffer): Promise<void> => {
      const signed = signCheckpoint({ ...next, ...change }, forger);
      return actAs(bed.knex, "sealer", (trx) =>
        insertCheckpoint(trx, { ...signed, hash: hash ?? signed.hash }),
      );
    };
    for (const change of [
      { id: 2 ** 50 },
      { id: 1 },
      { epoch: 2, lo: 0n },
      { epoch: 0 },
      { lo: last.hi + 1n, hi: last.hi + 2n },
      { lo: last.lo },
      { hi: last.hi + 1_000_000n },
      { previous: Buffer.alloc(32) },
      { createdAt: new Date("2999-01-01") },
    ])
      await expect(append(change), String(Object.keys(change))).rejects.toMatchObject({ code: "42501" });
    await expect(append({}, Buffer.alloc(32, 7))).rejects.toMatchObject({ code: "42501" });
    for (const change of [{ count: 1 }, { count: 2 ** 52 }, { root: Buffer.alloc(32, 1) }])
      await expect(append(change), String(Object.keys(change))).rejects.toMatchObject({ code: "42501" });
    // Another database's transaction may be the last of those that it covers.
    await until("all that it covers are over", async () => {
      const { rows } = await bed.knex.raw("SELECT pg_snapshot_xmin(pg_current_snapshot())::text AS first");
      return BigInt(rows[0].first) >= next.hi;
    });
    // PostgreSQL can't tell who signed one that fits: the sealer says so, and goes on.
    const { signature: _signature, ...fits } = signCheckpoint(next, forger);
    await actAs(bed.knex, "sealer", (trx) => insertCheckpoint(trx, { ...fits, signature: Buffer.alloc(64) }));
    const foreign: number[] = [];
    expect(await bed.sealAll({ onForeign: (id) => void foreign.push(id) })).toMatchObject([
      { id: 3, lo: next.hi },
    ]);
    expect(foreign).toEqual([2]);
  });

  it("lets nobody but the sealer append checkpoints", async () => {
    await bed.act(1);
    await bed.sealAll();
    const copy = `INSERT INTO audit_checkpoints SELECT id + 1, epoch, lo, hi, count, root, previous, hash, signature, public_key, created_at
      FROM audit_checkpoints`;
    await aPerson(bed, { id: "reader", role: "auditor" });
    await expect(actAs(bed.knex, "user:reader", (trx) => trx.raw(copy))).rejects.toMatchObject({
      code: "42501",
    });
  });
});

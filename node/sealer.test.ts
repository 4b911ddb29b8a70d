import { stat } from "node:fs/promises";
import { Writable } from "node:stream";
import pg from "pg";
import { LOCKS } from "../store/db/locks.ts";
import pino from "pino";
import { Registry } from "prom-client";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { until } from "../testing/until.ts";
import { rawPublicKey } from "../store/audit/checkpoint.ts";
import { readAuditKey } from "../store/audit/key.ts";
import { startSealer } from "./sealer.ts";
import { type AuditBed, createAuditBed } from "../testing/audit-bed.ts";
import { verifyRecord } from "../store/audit/verify.ts";

let bed: AuditBed;
let lines: string[];
let stops: (() => Promise<void>)[];

beforeEach(async () => {
  bed = await createAuditBed();
  lines = [];
  stops = [];
});
afterEach(async () => {
  await Promise.all(stops.map((stop) => stop()));
  await bed.close();
});

async function start(): Promise<Registry> {
  const sink = new Writable({
    write: (chunk, _encoding, done) => {
      lines.push(String(chunk));
      done();
    },
  });
  const registry = new Registry();
  const config = { ...bed.config.audit, every: 0.1 };
  const { stop } = await startSealer({ knex: bed.knex, config, log: pino({}, sink), registry });
  stops.push(stop);
  return registry;
}

const verify = async () => {
  const key = await readAuditKey(bed.config.audit.keyFile);
  if (key === null) throw new Error("no key was made");
  return await verifyRecord(bed.knex, { trusted: [rawPublicKey(key)], anchor: bed.config.audit.anchor });
};

describe("startSealer", () => {
  it("keeps the record sealed and anchored, by however many nodes at once", async () => {
    await Promise.all([start(), start(), start()]);
    for (let round = 0; round < 5; round += 1) {
      await bed.act(3);
      await until("all is sealed and anchored", async () => {
        const { unsealed, last, anchoredUpTo } = await verify().catch(() => ({
          unsealed: 1,
          last: null,
          anchoredUpTo: 0,
        }));
        return unsealed === 0 && last?.id === anchoredUpTo;
      });
    }
    expect(await verify()).toMatchObject({ findings: [], sealed: 15 });
    expect((await stat(bed.config.audit.anchor)).mode & 0o777).toBe(0o600);
    expect(lines.filter((line) => line.includes('"level":50'))).toEqual([]);
  });

  it("measures its lag and warns of a transaction that holds it up", async () => {
    const open = new pg.Client({ connectionString: bed.config.database.url });
    await open.connect();
    await open.query("BEGIN; CREATE TABLE held ()");
    await bed.act(1);
    await bed.tamper("UPDATE audit_events SET at = now() - interval '2 minutes'");
    const registry = await start();
    const lag = async (): Promise<number> => {
      const metric = await registry.getSingleMetric("tocsin_audit_seal_lag_seconds")?.get();
      return metric?.values[0]?.value ?? 0;
    };
    await until("the lag shows", async () => (await lag()) > 110);
    await until("it is warned of", () => lines.some((line) => line.includes("sealed late")));
    await open.query("ROLLBACK");
    await open.end();
    await until("the lag is gone", async () => (await lag()) === 0);
  });

  it("names who keeps it from sealing, and says how late it is though a round fails", async () => {
    const holder = new pg.Client({ connectionString: bed.config.database.url });
    await holder.connect();
    const { rows } = await holder.query("SELECT pg_advisory_lock($1), pg_backend_pid() AS pid", [LOCKS.seal]);
    await bed.act(1);
    await bed.tamper("UPDATE audit_events SET at = now() - interval '2 minutes'");
    await start();
    await until("it is named", () => lines.some((line) => line.includes(`"heldBy":${rows[0].pid}`)));
    await holder.end();
  });

  it("says so when the record is not what the anchor file says, and does not write over it", async () => {
    await bed.act(2);
    await start();
    let anchored: number | null = null;
    await until("all is anchored", async () => {
      const { unsealed, last, anchoredUpTo } = await verify();
      anchored = anchoredUpTo;
      return unsealed === 0 && last !== null && last.id === anchored;
    });
    await bed.tamper("DELETE FROM audit_events");
    await bed.tamper("DELETE FROM audit_checkpoints");
    await until("it is logged", () => lines.some((line) => line.includes("not what the anchor file says")));
    const { anchoredUpTo, findings } = await verify();
    expect(findings[0]?.what).toContain("the anchor file");
    expect(anchoredUpTo).toBe(anchored);
  });
});

import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { appendFile, mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import type { Knex } from "knex";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type AuditBed, createAuditBed } from "../../testing/audit-bed.ts";
import { endPartition } from "../../testing/partitions.ts";
import { COMPILED } from "../../testing/tool.ts";
import { rawPublicKey } from "../audit/checkpoint.ts";
import { findAltered } from "../audit/installed.ts";
import { type Verification, verifyRecord } from "../audit/verify.ts";
import { actAs, openDatabase } from "../db/knex.ts";
import { archivePartition, CannotArchive } from "./archive.ts";
import { makePartitions, partitionsBefore, type Source } from "./partitions.ts";

let bed: AuditBed;
let owner: Knex;
let to: string;
let ids: number[];
beforeEach(async () => {
  bed = await createAuditBed();
  owner = openDatabase(bed.config.database.url, { max: 2 });
  to = join(bed.home, "archives");
  await mkdir(to);
  ids = await bed.act(5);
  await bed.sealAll();
  ids.push(...(await bed.act(4)));
});
afterEach(async () => {
  await owner.destroy();
  await bed.close();
});

/** Ends the month; the checkpoint that covers its last events covers some of the next one too. */
async function endMonth(): Promise<void> {
  await endPartition(bed.owner, "audit_events");
  await makePartitions(bed.knex);
  await bed.act(3);
  await bed.sealAll();
}

async function archive(source: Source = "audit_events"): Promise<string[]> {
  const partitions = await partitionsBefore(owner, source, new Date());
  for (const partition of partitions) await archivePartition(owner, partition, { to });
  return partitions.map(({ name }) => name);
}

const verify = (archives: string | null = to): Promise<Verification> =>
  verifyRecord(bed.knex, { trusted: [rawPublicKey(bed.key)], anchor: null, archives });
const findings = async (archives?: string | null): Promise<string[]> =>
  (await verify(archives)).findings.map(({ checkpoint, what }) => `${checkpoint ?? "-"}: ${what}`);
const count = async (table = "audit_events"): Promise<number> =>
  (await bed.owner.query(`SELECT count(*) AS n FROM ${table}`)).rows[0].n;
const events = (): string => join(to, "audit_events_before", "events.ndjson.gz");

describe("archivePartition", () => {
  it("takes a month out of the record, which verifies as before", async () => {
    await endMonth();
    expect(await bed.whileBound(() => archive())).toEqual(["audit_events_before"]);
    expect(await count()).toBe(4);
    expect(await verify()).toMatchObject({ findings: [], checkpoints: 2, sealed: 12, unsealed: 1 });
    expect((await readdir(join(to, "audit_events_before"))).sort()).toEqual([
      "checkpoints.ndjson",
      "events.ndjson.gz",
      "manifest.json",
    ]);
    const lines = gunzipSync(readFileSync(events())).toString().trim().split("\n");
    expect(lines.map((line) => JSON.parse(line).id)).toEqual(ids);
    const { rows } = await bed.owner.query(
      "SELECT actor, payload FROM audit_events WHERE action = 'history.archive'",
    );
    expect(rows).toMatchObject([{ actor: "retention", payload: { name: "audit_events_before", events: 9 } }]);
    await bed.act(2);
    await bed.sealAll();
    expect(await findings()).toEqual([]);
  });

  it("takes one month after the other, whose border lies within a checkpoint", async () => {
    await endMonth();
    await archive();
    await bed.act(2);
    // What came since lies in the default partition, which ends its month now.
    const name = "audit_events_second";
    await bed.owner.query("ALTER TABLE audit_events DETACH PARTITION audit_events_default");
    await bed.owner.query(`ALTER TABLE audit_events_default RENAME TO ${name}`);
    const { rows } = await bed.owner.query("SELECT clock_timestamp()::text AS now");
    await bed.owner.query(
      `ALTER TABLE audit_events ATTACH PARTITION ${name} FOR VALUES FROM (MINVALUE) TO ('${rows[0].now}')`,
    );
    await bed.owner.query("SELECT make_partition('audit_events', 'audit_events_default', 'DEFAULT')");
    await bed.act(2);
    await bed.sealAll();
    expect(await archive()).toEqual([name]);
    expect(await findings()).toEqual([]);
    expect(await verify()).toMatchObject({ sealed: 17, unsealed: 1 });
  });

  it("leaves what is not over, not sealed, or not with the sink, and says so", async () => {
    expect(await archive()).toEqual([]);
    await endPartition(bed.owner, "audit_events");
    await makePartitions(bed.knex);
    await expect(archive()).rejects.toThrow(/holds events that are not sealed yet/);
    await bed.sealAll();
    await bed.owner.query("INSERT INTO audit_sinks (url) VALUES ('file:///elsewhere')");
    await expect(archive()).rejects.toThrow(/the sink file:\/\/\/elsewhere does not have yet/);
    expect(await count("audit_events_before")).toBe(9);
    await bed.owner.query("DELETE FROM audit_sinks");
    expect(await archive()).toEqual(["audit_events_before"]);
  });

  it("leaves what is not as it was sealed", async () => {
    await endMonth();
    await bed.tamper("UPDATE audit_events SET object_id = 'other' WHERE id = $1", ids[2]);
    await expect(archive()).rejects.toThrow(
      /Checkpoint 1, which covers audit_events_before, is not what was sealed/,
    );
    await bed.tamper("UPDATE audit_events SET leaf = audit_leaf(audit_events) WHERE id = $1", ids[2]);
    await expect(archive()).rejects.toThrow(/Checkpoint 1/);
    expect(await count("audit_events_before")).toBe(9);
  });

  it("leaves what grew after it was exported", async () => {
    await endMonth();
    const [partition] = await partitionsBefore(owner, "audit_events", new Date());
    if (partition === undefined) throw new Error("no partition");
    const grow =
      "INSERT INTO audit_events (id, at, actor, action, outcome, leaf) SELECT 1000, at, actor, action, outcome, '' FROM audit_events_before LIMIT 1";
    const late = archivePartition(owner, partition, {
      to,
      onStep: (step) => (step === "verified" ? bed.tamper(grow) : undefined),
    });
    await expect(late).rejects.toThrow(CannotArchive);
    expect(await count("audit_events_before")).toBe(10);
  });

  it.each(["exported", "verified", "dropping", "dropped"])(
    "loses nothing when it is killed once it has %s",
    async (step) => {
      await endMonth();
      const run = (...more: string[]): Promise<string | null> =>
        new Promise((resolve) => {
          const child = execFile(
            process.execPath,
            [join(import.meta.dirname, "testing/run.ts"), bed.config.database.url, to, ...more],
            { env: { ...process.env, NODE_COMPILE_CACHE: COMPILED } },
            () => resolve(child.signalCode),
          );
        });
      expect(await run(step)).toBe("SIGKILL");
      expect((await verify()).findings).toEqual([]);
      expect((await verify()).sealed).toBe(12);
      await run();
      expect(await verify()).toMatchObject({ findings: [], sealed: 12 });
      expect(await count("archives")).toBe(1);
      expect(await partitionsBefore(owner, "audit_events", new Date())).toEqual([]);
    },
  );

  it("writes anew what a killed export left, and overwrites no other archive", async () => {
    await endMonth();
    await mkdir(join(to, "audit_events_before.unfinished"));
    await writeFile(join(to, "audit_events_before.unfinished", "events.ndjson.gz"), "torn");
    await mkdir(join(to, "audit_events_before"));
    await writeFile(join(to, "audit_events_before", "manifest.json"), "{}");
    await expect(archive()).rejects.toThrow(/is another archive of that name: set it aside/);
    await rm(join(to, "audit_events_before"), { recursive: true });
    await archive();
    expect(await findings()).toEqual([]);
  });

  it("takes a month of timelines", async () => {
    await bed.owner.query(
      "INSERT INTO delivery_events (notification_id, territory_id, status) SELECT gen_random_uuid(), 'north', 'accepted' FROM generate_series(1, 7)",
    );
    await endPartition(bed.owner, "delivery_events");
    await makePartitions(bed.knex);
    expect(await bed.whileBound(() => archive("delivery_events"))).toEqual(["delivery_events_before"]);
    expect(await count("delivery_events")).toBe(0);
    const file = join(to, "delivery_events_before", "events.ndjson.gz");
    expect(gunzipSync(readFileSync(file)).toString().trim().split("\n")).toHaveLength(7);
    expect(await findings()).toEqual([]);
    await appendFile(file, " ");
    expect(await findings()).toEqual([
      `-: archive delivery_events_before was altered: ${file} is not the one that was written`,
    ]);
  });

  it("leaves a month of timelines of which services have not heard", async () => {
    const actor = (name: string) => bed.owner.query("SELECT set_config('app.actor', $1, false)", [name]);
    await actor("setup");
    await bed.owner.query("INSERT INTO services (name) VALUES ('Laboratory')");
    await bed.owner.query(
      "INSERT INTO delivery_events (notification_id, territory_id, status) VALUES (gen_random_uuid(), 'north', 'seen')",
    );
    await endPartition(bed.owner, "delivery_events");
    await makePartitions(bed.knex);
    const { rows } = await bed.owner.query("SELECT id FROM services WHERE name = 'Laboratory'");
    await actor("announcer");
    await bed.owner.query("INSERT INTO event_feeds (service_id) VALUES ($1)", [rows[0].id]);
    await expect(archive("delivery_events")).rejects.toThrow(/services have not heard of yet/);
    expect(await count("delivery_events")).toBe(1);
    await bed.owner.query("UPDATE event_log SET position = (SELECT max(id) FROM delivery_events)");
    expect(await archive("delivery_events")).toEqual(["delivery_events_before"]);
  });
});

it("takes no archive from the program's login, even where somebody granted it the right", async () => {
  await bed.owner.query(`GRANT INSERT ON archives TO ${new URL(bed.config.database.url).username}_app`);
  const forged = actAs(bed.knex, "retention", (trx) =>
    trx("archives").insert({
      ...{ name: "forged", source: "audit_events", ends: "2100-01-01", events: 0 },
      manifest_sha256: Buffer.alloc(32),
    }),
  );
  await expect(forged).rejects.toThrow(/row-level security policy/);
});

describe("verifying over archives", () => {
  beforeEach(async () => {
    await endMonth();
    await archive();
  });

  it("finds each altered byte, and says which file and which checkpoint", async () => {
    const whole = await readFile(events());
    for (const place of [12, Math.floor(whole.length / 2), whole.length - 1]) {
      const altered = Buffer.from(whole);
      altered[place] = (altered[place] ?? 0) ^ 1;
      await writeFile(events(), altered);
      expect((await findings())[0], String(place)).toBe(
        `-: archive audit_events_before was altered: ${events()} is not the one that was written`,
      );
    }
    await writeFile(events(), whole);
    expect(await findings()).toEqual([]);
    for (const name of ["checkpoints.ndjson", "manifest.json"]) {
      await appendFile(join(to, "audit_events_before", name), " ");
      expect((await findings()).join()).toContain(`${name} is not the one that was written`);
    }
  });

  it("finds an event that was exchanged, by its number and its checkpoint", async () => {
    const lines = gunzipSync(readFileSync(events())).toString().split("\n");
    lines[1] = lines[1]?.replace('"relay"', '"relax"') ?? "";
    await writeFile(events(), gzipSync(lines.join("\n")));
    expect(await findings()).toEqual([
      `1: event ${ids[1]} altered: the leaf is not that of the content`,
      expect.stringMatching(/^1: holds events that are not those sealed/),
      expect.stringMatching(/^-: archive audit_events_before was altered/),
    ]);
  });

  it("finds a missing archive, and the checkpoints that can't be verified without it", async () => {
    await rename(join(to, "audit_events_before"), join(to, "elsewhere"));
    expect(await findings()).toEqual([
      expect.stringMatching(
        /^-: archive audit_events_before \(9 events, until \S+\) is missing: there is no \S+manifest.json; checkpoints 1 to 2 can't be verified without it$/,
      ),
    ]);
    expect(await findings(null)).toEqual([
      expect.stringMatching(/its folder was not named; checkpoints 1 to 2/),
    ]);
  });

  it("finds the rows of the archive missing where nobody knows of it", async () => {
    await bed.owner.query("ALTER TABLE archives DISABLE TRIGGER ALL");
    await bed.owner.query("DELETE FROM archives");
    await bed.owner.query("ALTER TABLE archives ENABLE ALWAYS TRIGGER audit_refuse");
    await bed.owner.query("ALTER TABLE archives ENABLE ALWAYS TRIGGER audit_refuse_truncate");
    expect(await findings()).toEqual([
      expect.stringMatching(/^1: holds 0 of 5 sealed events: 5 deleted/),
      expect.stringMatching(/^2: holds 3 of 7 sealed events: 4 deleted/),
    ]);
  });

  it("leaves the database as it is installed", async () => {
    expect(await findAltered(bed.knex)).toEqual([]);
  });
});

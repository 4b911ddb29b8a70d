import { randomBytes } from "node:crypto";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { must } from "../../config/must.ts";
import { parseAuditKey } from "../../config/audit.ts";
import { rawPublicKey } from "../../store/audit/checkpoint.ts";
import { seal } from "../../store/audit/seal.ts";
import { LOCKS } from "../../store/db/locks.ts";
import { runtimeUrl } from "../../store/db/prepare.ts";
import { countFailure } from "../../store/notifications/troubles.ts";
import { setClock } from "../../testing/clock.ts";
import { createHospital, type Hospital } from "../../testing/hospital.ts";
import { createSite, type Site as Running } from "../../testing/site.ts";
import { runTool } from "../../testing/tool.ts";
import { channels } from "./channels.ts";
import { configuration } from "./configuration.ts";
import { disk } from "./disk.ts";
import { type Finding, look } from "./finding.ts";
import { keys } from "./keys.ts";
import { late } from "./late.ts";
import { postgres } from "./postgres.ts";
import { redis } from "./redis.ts";
import { readSite } from "./site.ts";
import { temporal } from "./temporal.ts";

const Answer = z.object({
  findings: z.array(
    z.object({
      part: z.string(),
      state: z.enum(["ok", "warn", "fault"]),
      says: z.string(),
      advice: z.string(),
    }),
  ),
});
/** What is not well, each as "part: state". */
const bad = (found: Finding[]): string[] =>
  found.filter(({ state }) => state !== "ok").map(({ part, state }) => `${part}: ${state}`);

describe("npm run doctor", () => {
  let site: Running;
  beforeAll(async () => {
    site = await createSite();
    await site.start();
  });
  afterAll(() => site.close());

  it("finds a site well, and says no secret", async () => {
    const { status, out } = await runTool("doctor/main", ["--json"], site.env);
    const { findings } = Answer.parse(JSON.parse(out));
    expect(bad(findings).filter((one) => one !== "disk: warn")).toEqual(["audit key: warn"]);
    expect(status).toBe(0);
    expect(findings.map(({ part }) => part)).toEqual(
      [
        "configuration",
        "node",
        "disk",
        "postgres",
        "clock",
        "login",
        "migrations",
        "master key",
        "audit key",
      ].concat([
        "redis",
        "temporal",
        "namespace",
        "workers",
        "sends",
        "steps",
        "parked",
        "audit seal",
        "channels",
      ]),
    );
    expect(findings.filter(({ state, advice }) => (state === "ok") !== (advice === ""))).toEqual([]);
    expect(out).not.toContain(must(site.env["TOCSIN_MASTER_KEY"]?.slice(3), "key"));
    const password = new URL(site.databaseUrl).password;
    expect(password === "" || !out.includes(password)).toBe(true);
  });

  it("says each part that is away by itself, what to do, and ends with 1", async () => {
    const away = {
      ...site.env,
      DATABASE_URL: "postgres://tocsin:letmein-7@127.0.0.1:1/tocsin",
      REDIS_URL: "redis://:letmein-7@127.0.0.1:1",
      TEMPORAL_ADDRESS: "127.0.0.1:1",
    };
    const { status, output } = await runTool("doctor/main", [], away);
    expect(status).toBe(1);
    const faults = output.split("\n").filter((line) => line.startsWith("FAULT"));
    expect(faults.map((line) => line.split(/ +/)[1])).toEqual([
      "postgres",
      "keys",
      "redis",
      "temporal",
      "work",
    ]);
    expect(output).toMatch(/FAULT {2}postgres .*PostgreSQL does not answer/);
    expect(output).toMatch(/FAULT {2}redis .*does not listen there/);
    expect(output.match(/^ {22}→ \S/gm)?.length).toBe(faults.length + (output.match(/^warn/gm)?.length ?? 0));
    expect(output).not.toContain("letmein-7");
  });

  it("says that there is no such namespace, and which queues no worker asks", async () => {
    const looked = (env: Record<string, string>) => temporal(readSite({ ...site.env, ...env }), site.env);
    expect(bad(await looked({ TEMPORAL_NAMESPACE: "nowhere" }))).toEqual(["namespace: fault"]);
    const found = await looked({ TEMPORAL_TASK_QUEUE: "deserted" });
    expect(bad(found)).toEqual(["workers: fault"]);
    expect(found.at(-1)?.says).toContain("deserted, deserted.bulk");
  });

  it("says what is wrong with a password, or with what answers in Redis's place", async () => {
    const url = new URL(must(site.env["REDIS_URL"], "url"));
    url.pathname = "/9999";
    const found = await redis(readSite({ ...site.env, REDIS_URL: url.href }));
    expect(found).toMatchObject([
      { state: "fault", says: expect.stringContaining("no database of that number") },
    ]);
  });
});

describe("what the doctor finds in a database", () => {
  let hospital: Hospital;
  const siteOf = (more: NodeJS.ProcessEnv = {}) =>
    readSite({ ...hospital.env, REDIS_URL: "redis://localhost", ...more });
  beforeAll(async () => {
    hospital = await createHospital();
  });
  afterEach(() => setClock(0));
  afterAll(() => hospital.close());

  it("a clock that is not PostgreSQL's, and which of the two is ahead", async () => {
    for (const [ms, says] of [
      [5_000, /^This machine's is [45]\.\d s ahead of PostgreSQL's/],
      [-5_000, /^This machine's is [45]\.\d s behind PostgreSQL's/],
    ] as const) {
      setClock(ms);
      const found = await postgres(siteOf());
      expect(bad(found)).toEqual(["clock: fault"]);
      expect(found).toContainEqual(
        expect.objectContaining({ part: "clock", says: expect.stringMatching(says) }),
      );
    }
  });

  it("a migration that it has not had", async () => {
    expect(bad(await postgres(siteOf()))).toEqual([]);
    const owner = await hospital.owner("schema_migrations");
    await owner.query("DELETE FROM schema_migrations WHERE name = '0109_failed_work'");
    const found = await postgres(siteOf());
    await owner.query(
      "INSERT INTO schema_migrations (name, batch, migration_time) VALUES ('0109_failed_work', 1, now())",
    );
    expect(bad(found)).toEqual(["migrations: fault"]);
    expect(found.at(-1)?.says).toContain("0109_failed_work");
  });

  it("none of that name", async () => {
    const nowhere = new URL(hospital.config.database.url);
    nowhere.pathname = "/nowhere";
    const found = await look("postgres", () => postgres(siteOf({ DATABASE_URL: nowhere.href })));
    expect(found).toMatchObject([{ state: "fault", says: expect.stringContaining("Create the database") }]);
  });

  it("a login that could change the record", async () => {
    const runtime = new URL(await runtimeUrl(hospital.config.database.url, hospital.config.masterKeys));
    const login = `"${decodeURIComponent(runtime.username)}"`;
    const owner = await hospital.owner("audit_events");
    await owner.query(`GRANT UPDATE ON audit_events TO ${login}`);
    const found = await postgres(siteOf());
    await owner.query(`REVOKE UPDATE ON audit_events FROM ${login}`);
    expect(bad(found)).toEqual(["login: fault"]);
  });

  it("a master key that is another's, and a missing audit key", async () => {
    const home = await mkdtemp(join(tmpdir(), "tocsin-test-"));
    const audit = { TOCSIN_HOME: home, TOCSIN_AUDIT_KEY: randomBytes(32).toString("base64") };
    const looked = (env: NodeJS.ProcessEnv) => keys(siteOf(env), { ...hospital.env, ...env });
    expect(bad(await looked(audit))).toEqual([]);
    // The nodes' own login: the owner's would lead to one whose password is made of the key.
    const DATABASE_URL = await runtimeUrl(hospital.config.database.url, hospital.config.masterKeys);
    const TOCSIN_MASTER_KEY = `k1:${randomBytes(32).toString("base64")}`;
    expect(bad(await looked({ ...audit, DATABASE_URL, TOCSIN_MASTER_KEY }))).toEqual(["master key: fault"]);
    expect(bad(await looked({ TOCSIN_HOME: home }))).toEqual(["audit key: fault"]);
    await rm(home, { recursive: true });
  });

  it("two keys in one folder", async () => {
    const home = await mkdtemp(join(tmpdir(), "tocsin-test-"));
    await mkdir(join(home, "audit"));
    const key = randomBytes(32).toString("base64");
    const master = join(home, "master.key");
    await writeFile(master, must(hospital.env["TOCSIN_MASTER_KEY"], "key"));
    const { TOCSIN_MASTER_KEY: _given, ...others } = hospital.env;
    for (const [place, expected] of [
      ["audit.key", ["audit key: warn"]],
      ["audit/audit.key", []],
    ] as const) {
      await writeFile(join(home, place), key);
      const files = { TOCSIN_MASTER_KEY_FILE: master, TOCSIN_AUDIT_KEY_FILE: join(home, place) };
      expect(bad(await keys(siteOf(), { ...others, ...files }))).toEqual(expected);
    }
    await rm(home, { recursive: true });
  });

  it("a record that another key sealed", async () => {
    const mine = { TOCSIN_AUDIT_KEY: randomBytes(32).toString("base64") };
    const sealed = parseAuditKey(randomBytes(32).toString("base64"));
    await seal(hospital.knex, sealed, {});
    expect(bad(await keys(siteOf(mine), { ...hospital.env, ...mine }))).toEqual(["audit key: fault"]);
    const trusting = { ...mine, TOCSIN_AUDIT_TRUSTED_KEYS: rawPublicKey(sealed).toString("base64") };
    expect(bad(await keys(siteOf(trusting), { ...hospital.env, ...trusting }))).toEqual([]);
  });

  it("a record that nobody seals, and who holds its lock", async () => {
    await hospital.accept("north-1");
    expect(bad(await late(siteOf()))).toEqual([]);
    setClock(61_000);
    expect(bad(await late(siteOf()))).toEqual(["audit seal: fault"]);
    await hospital.knex.transaction(async (trx) => {
      const { rows } = await trx.raw("SELECT pg_advisory_xact_lock(?), pg_backend_pid() AS pid", [
        LOCKS.seal,
      ]);
      const says = new RegExp(`not sealed for 6\\d s; process ${rows[0].pid} of PostgreSQL seals`);
      expect((await late(siteOf())).at(-1)?.says).toMatch(says);
    });
    await seal(hospital.knex, parseAuditKey(randomBytes(32).toString("base64")), {});
    expect(bad(await late(siteOf()))).toEqual([]);
  });

  it("sends that are late, steps that are overdue, and what loops gave up on", async () => {
    expect(bad(await late(siteOf()))).toEqual([]);
    const id = await hospital.accept("north-1", {}, "critical");
    const alert = await hospital.notify("north-1", { priority: "critical" });
    const owner = await hospital.owner("sends", "notifications");
    await owner.query("UPDATE sends SET created_at = now() - interval '11 seconds' WHERE id = $1", [id]);
    await owner.query("UPDATE notifications SET next_step_at = now() - interval '6 seconds' WHERE id = $1", [
      alert,
    ]);
    for (let n = 0; n < 10; n += 1) await countFailure(hospital.knex, "expire", alert, "P0001");
    const found = await late(siteOf());
    expect(bad(found)).toEqual(["sends: fault", "steps: fault", "parked: warn"]);
  });
});

describe("what the doctor finds beside services", () => {
  it("every mistake of the configuration", async () => {
    const found = await configuration({ PORT: "nonsense", REDIS_URL: "redis://localhost" });
    expect(bad(found).length).toBeGreaterThanOrEqual(2);
    expect(new Set(bad(found))).toEqual(new Set(["configuration: fault"]));
  });

  it("a disk that is full, one that soon is, and a home that is not there", async () => {
    const GIB = 1024 ** 3;
    const free = (bavail: number) =>
      disk("/home", (() => Promise.resolve({ bavail, blocks: 100, bsize: GIB })) as never);
    expect(bad(await free(0.5))).toEqual(["disk: fault"]);
    expect(bad(await free(9))).toEqual(["disk: warn"]);
    expect(bad(await free(11))).toEqual([]);
    expect(bad(await disk(join(tmpdir(), "tocsin-test-nowhere")))).toEqual(["disk: warn"]);
  });

  it("a mail server that is not there", async () => {
    const CHANNEL_EMAIL = JSON.stringify({ host: "127.0.0.1", port: 1, tls: "none", from: "t@west.example" });
    const found = await channels({ CHANNEL_EMAIL, CHANNEL_PRIVATE_HOSTS: "127.0.0.1" });
    expect(found).toMatchObject([{ part: "channel email", state: "fault" }]);
  });

  it("one part that throws is a fault of its own", async () => {
    const found = await look("part", () => Promise.reject(new Error("no such thing\nat a place")));
    expect(found).toMatchObject([
      { part: "part", state: "fault", says: "It could not be looked at: no such thing" },
    ]);
  });
});

import { generateKeyPairSync } from "node:crypto";
import {
  appendFileSync,
  cpSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type pg from "pg";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { z } from "zod";
import { must } from "../config/must.ts";
import { demoUser, send, targetOf } from "../testing/client.ts";
import { hashOfFile } from "../store/archive/manifest.ts";
import { connected, dropDatabase, makeDatabase } from "../testing/database-admin.ts";
import { findDumpable } from "../testing/dumpable.ts";
import { createSite, type Site } from "../testing/site.ts";
import { runTool } from "../testing/tool.ts";
import { until } from "../testing/until.ts";
import { Manifest } from "../tools/backup/manifest.ts";
import { signManifest } from "../tools/backup/signature.ts";

const folder = mkdtempSync(join(tmpdir(), "tocsin-backup-"));
const sink = join(folder, "record.jsonl");
const missingFile = join(folder, "missing.jsonl");
let postgres: Awaited<ReturnType<typeof findDumpable>>;
let before: Awaited<ReturnType<typeof makeDatabase>>;
let after: Awaited<ReturnType<typeof makeDatabase>>;
let site: Site;
let restored: Site;

beforeAll(async () => {
  postgres = await findDumpable(inject("databaseUrl"), folder);
  before = await makeDatabase(postgres.url, inject("runId"));
  after = await makeDatabase(postgres.url, inject("runId"));
  site = await createSite({
    DATABASE_URL: before.url,
    TOCSIN_AUDIT_SINK: `file://${sink}`,
    TOCSIN_AUDIT_EVERY: "0.5",
  });
  restored = await createSite({
    ...site.env,
    DATABASE_URL: after.url,
    TOCSIN_AUDIT_SINK: "",
    TOCSIN_SEED_DEMO: "",
  });
}, 240_000);
afterAll(async () => {
  await restored.close();
  await site.close();
  for (const { name } of [before, after]) await dropDatabase(postgres.url, name);
  await postgres.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** Runs a command of tools/backup as an operator would. */
const run = (name: "backup" | "restore", flags: string[], env: NodeJS.ProcessEnv) =>
  runTool(`backup/${name}`, flags, env);

/** A superuser's URL of a database. */
function reading({ name }: { name: string }): string {
  const url = new URL(postgres.url);
  url.pathname = `/${name}`;
  return url.href;
}

const query = (database: { name: string }, sql: string): Promise<Record<string, string>[]> =>
  connected(reading(database), async (client: pg.Client) => (await client.query(sql)).rows);
const sendsIn = async (database: { name: string }): Promise<string[]> =>
  (await query(database, "SELECT id FROM sends ORDER BY id")).map(({ id }) => must(id, "id"));

/** What a restore must not open again: it may have been used, ended or refused after the backup. */
const OPEN_THINGS = `
  WITH person AS (SELECT user_id, territory_id FROM memberships WHERE role = 'clinician' ORDER BY user_id LIMIT 1),
    session AS (INSERT INTO sessions (token_hash, user_id, expires_at) SELECT '\\x01', user_id, now() + interval '1 day' FROM person),
    invitation AS (INSERT INTO invitations (user_id, token_hash, expires_at) SELECT user_id, '\\x02', now() + interval '1 day' FROM person),
    change AS (INSERT INTO pending_changes (kind, subject_id, change, asked_by, expires_at)
      SELECT 'person', user_id, '{"grant": ["admin"]}', user_id, now() + interval '7 days' FROM person),
    wall AS (INSERT INTO walls (id, territory_id, name, granted_by, code_expires_at, opened_at, expires_at, last_seen_at, token_hash, token_since)
      SELECT gen_random_uuid(), territory_id, 'Ward 3', user_id, now(), now(), now() + interval '90 days', now(), '\\x03', now() FROM person)
  INSERT INTO emergency_accesses (id, user_id, territory_id, recipient_id, reason, expires_at)
    SELECT gen_random_uuid(), user_id, territory_id, user_id, 'Collapsed in the lobby.', now() + interval '60 minutes' FROM person`;
const STILL_OPEN = `
  SELECT (SELECT count(*) FROM sessions)::int AS sessions,
    ((SELECT count(*) FROM sessions WHERE revoked_at IS NULL)
      + (SELECT count(*) FROM invitations WHERE over_at IS NULL)
      + (SELECT count(*) FROM walls WHERE ended_at IS NULL)
      + (SELECT count(*) FROM pending_changes WHERE over_at IS NULL)
      + (SELECT count(*) FROM emergency_accesses WHERE expires_at > now()))::int AS open`;

const Lost = z.object({
  id: z.coerce.string(),
  leaf: z.string(),
  action: z.string(),
  object_id: z.string().nullable(),
});
const keyOf = ({ id, leaf }: { id: string; leaf: string }): string => `${id} ${leaf}`;

test("a backup taken while sends come in: after its restore the ledger names what came later, and all that came before goes on", async () => {
  const node = await site.start();
  const demo = await site.demo();
  const target = targetOf(demoUser(demo, "clinician"));
  /** Every send that was answered 202, and when it was begun and answered. */
  const ledger: { id: string; begun: number; answered: number }[] = [];
  /** Sends of which nobody knows whether they were done: a busy machine answers 503. */
  let unknown = 0;
  let loading = true;
  const sender = async (): Promise<void> => {
    while (loading) {
      const begun = performance.now();
      const { status, body } = await send(node.url, demo.api_key, { ...target, message: "Bed 4 is free." });
      if (status === 202) ledger.push({ id: body.notification_id, begun, answered: performance.now() });
      else unknown += 1;
    }
  };
  const load = Promise.all([sender(), sender(), sender()]);
  await until("sends came in", () => ledger.length >= 30);
  await query(before, OPEN_THINGS);
  await query(before, "CREATE SCHEMA elsewhere CREATE TABLE payroll (of_another_program int)");
  const began = performance.now();
  const taken = await run("backup", [`--to=${folder}`], {
    DATABASE_BACKUP_URL: reading(before),
    TOCSIN_HOME: site.home,
  });
  const ended = performance.now();
  expect(taken).toMatchObject({ status: 0 });
  await until("sends came in after it", () => ledger.filter(({ begun }) => begun > ended).length >= 10);
  loading = false;
  await load;
  await until("the record has left the machine", () => {
    const record = readFileSync(sink, "utf8");
    return ledger.every(({ id }) => record.includes(id));
  });
  await node.stop();

  const name = must(
    readdirSync(folder).find((one) => /^tocsin-.*Z$/.test(one)),
    "backup",
  );
  const backup = join(folder, name);
  const manifest = Manifest.parse(JSON.parse(readFileSync(join(backup, "manifest.json"), "utf8")));
  expect(manifest.master_keys).toEqual(["k1"]);
  expect(readdirSync(backup).sort()).toEqual([
    "audit-anchor.jsonl",
    "manifest.json",
    "manifest.sig",
    "tocsin.dump",
  ]);
  const [, auditKey = ""] = readFileSync(join(site.home, "audit-key.pem"), "latin1").split("\n");
  const masterKey = must(site.env["TOCSIN_MASTER_KEY"], "master key").slice(3);
  for (const file of readdirSync(backup)) {
    const content = readFileSync(join(backup, file), "latin1");
    for (const key of [masterKey, auditKey]) expect(content).not.toContain(key);
    // Another program's schema stays out: the table of contents of a dump is not packed.
    expect(content).not.toContain("payroll");
  }

  const TOCSIN_MASTER_KEY = must(restored.env["TOCSIN_MASTER_KEY"], "master key");
  const env = { ...restored.env, TOCSIN_AUDIT_TRUSTED_KEYS: manifest.audit.public_keys.join(",") };
  const other = await run("restore", [`--from=${backup}`], {
    ...env,
    TOCSIN_MASTER_KEY: TOCSIN_MASTER_KEY.replace("k1", "k9"),
  });
  expect(other).toMatchObject({ status: 2, output: expect.stringContaining('no key "k1"') });

  // Whoever can write the backup alters its dump, and the manifest with it.
  const altered = join(folder, "altered");
  cpSync(backup, altered, { recursive: true });
  const manifestFile = join(altered, "manifest.json");
  appendFileSync(join(altered, "tocsin.dump"), "more");
  const dump_sha256 = await hashOfFile(join(altered, "tocsin.dump"));
  writeFileSync(manifestFile, JSON.stringify({ ...manifest, dump_sha256 }));
  const refused = (said: string) => ({ status: 2, output: expect.stringContaining(said) });
  const restore = (from: string, ...flags: string[]): ReturnType<typeof run> =>
    run("restore", [`--from=${from}`, ...flags], env);
  expect(await restore(altered)).toMatchObject(refused("altered it"));
  expect(await restore(altered, "--trust-unsigned")).toMatchObject(refused("altered it"));
  // … signs it with a key of their own …
  writeFileSync(
    join(altered, "manifest.sig"),
    signManifest(readFileSync(manifestFile, "utf8"), generateKeyPairSync("ed25519").privateKey),
  );
  expect(await restore(altered)).toMatchObject(refused("not trusted here"));
  // … or takes the signature away.
  rmSync(join(altered, "manifest.sig"));
  expect(await restore(altered)).toMatchObject(refused("--trust-unsigned"));

  const done = await run(
    "restore",
    [`--from=${backup}`, `--record=${sink}`, `--missing=${missingFile}`],
    env,
  );
  expect(done).toMatchObject({ status: 0, output: expect.stringContaining("restored, and as sealed") });

  const kept = await sendsIn(after);
  expect(kept).toHaveLength(manifest.counts.sends);
  const lost = readFileSync(missingFile, "utf8")
    .trim()
    .split("\n")
    .map((line) => Lost.parse(JSON.parse(line)));
  const lostSends = lost.flatMap(({ action, object_id }) =>
    action === "notification.send" ? [object_id] : [],
  );
  // Every other act, too: what left the machine and is not in what was restored.
  const rows = await query(after, "SELECT id, encode(leaf, 'hex') AS leaf FROM audit_events");
  const there = new Set(rows.map(({ id = "", leaf = "" }) => keyOf({ id, leaf })));
  const left = readFileSync(sink, "utf8")
    .trim()
    .split("\n")
    .flatMap((line) => Lost.safeParse(JSON.parse(line)).data ?? []);
  const expected = new Set(left.map(keyOf).filter((one) => !there.has(one)));
  expect(lost.map(keyOf).sort()).toEqual([...expected].sort());
  expect(lost.length).toBeGreaterThan(lostSends.length);
  const { length } = lostSends;
  expect(done.output).toContain(
    `${length} accepted sends came after the backup and are missing, and ${lost.length - length} other acts`,
  );
  const ids = new Set<string | null>(ledger.map(({ id }) => id));
  const accounted = [...kept, ...lostSends];
  expect(new Set(accounted).size).toBe(accounted.length);
  expect(accounted.filter((id) => ids.has(id)).sort()).toEqual([...ids].sort());
  expect(accounted.filter((id) => !ids.has(id)).length).toBeLessThanOrEqual(unknown);
  for (const { id, begun, answered } of ledger) {
    if (answered < began) expect(kept).toContain(id);
    if (begun > ended) expect(lostSends).toContain(id);
  }

  const restores = "SELECT payload FROM audit_events WHERE action = 'database.restore'";
  expect(await query(after, restores)).toEqual([{ payload: { taken_at: manifest.taken_at, signed: true } }]);
  // The session is kept, as a sign that its person is no newcomer.
  expect(await query(after, STILL_OPEN)).toEqual([{ sessions: 1, open: 0 }]);

  const again = await run("restore", [`--from=${backup}`], env);
  expect(again).toMatchObject({ status: 2, output: expect.stringContaining("not empty") });

  // The same Temporal, which has seen all of them.
  const next = await restored.start();
  await until("every send that was kept is in its inbox", async () => {
    const [row] = await query(after, "SELECT count(*)::int AS count FROM sends WHERE status = 'accepted'");
    return Number(row?.["count"]) === 0;
  });
  const each = await query(
    after,
    "SELECT send_id AS id, count(*)::int AS count FROM notifications GROUP BY 1",
  );
  expect(each.map(({ id }) => id).sort()).toEqual([...kept].sort());
  expect(new Set(each.map(({ count }) => Number(count)))).toEqual(new Set([1]));

  const fresh = await until("a node on a busy machine takes a send in", async () => {
    const answer = await send(next.url, demo.api_key, { ...target, message: "Bed 5 is free." });
    if (answer.status !== 202) expect(answer.status).toBe(503);
    return answer.status === 202 && answer;
  });
  const seq = await until("it is in the inbox", async () => {
    const [row] = await query(
      after,
      `SELECT seq FROM notifications WHERE send_id = '${fresh.body.notification_id}'`,
    );
    return row?.["seq"];
  });
  const [highest] = await query(before, "SELECT max(seq) AS seq FROM inboxes");
  expect(Number(seq)).toBeGreaterThan(Number(highest?.["seq"]));

  const unsigned = join(folder, "unsigned");
  cpSync(backup, unsigned, { recursive: true });
  rmSync(join(unsigned, "manifest.sig"));
  const force = (): ReturnType<typeof run> => restore(unsigned, "--force", "--trust-unsigned");
  expect(await force()).toMatchObject({
    status: 2,
    output: expect.stringContaining("stop every node first"),
  });
  expect(await sendsIn(after)).toContain(fresh.body.notification_id);
  await next.stop();
  const anchor = join(unsigned, "audit-anchor.jsonl");
  const anchored = readFileSync(anchor, "utf8");
  writeFileSync(anchor, anchored.replaceAll(/"hash":"[0-9a-f]{8}/g, '"hash":"00000000'));
  const cut = await force();
  expect(cut).toMatchObject({ status: 1, output: expect.stringContaining("anchor") });
  expect(cut.output).not.toContain("as sealed");
  writeFileSync(anchor, anchored);
  await query(after, "CREATE TABLE left_over ()");
  expect(await force()).toMatchObject({
    status: 0,
    output: expect.stringContaining("restored, and as sealed"),
  });
  expect(await sendsIn(after)).toEqual(kept);
  expect(await query(after, restores)).toEqual([{ payload: { taken_at: manifest.taken_at, signed: false } }]);
  expect(await query(after, "SELECT to_regclass('left_over') AS found")).toEqual([{ found: null }]);
}, 400_000);

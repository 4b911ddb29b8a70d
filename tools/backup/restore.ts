import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import pg from "pg";
import { record } from "../../store/audit/record.ts";
import { trustedAuditKeys } from "../../store/audit/key.ts";
import { actAs, openDatabase } from "../../store/db/knex.ts";
import { DatabaseSetupError, prepareDatabase } from "../../store/db/prepare.ts";
import { auditConfig } from "../audit-keys.ts";
import { CannotRun, findPlace } from "../place.ts";
import { compareRecord } from "./missing.ts";
import { FILES, type Manifest, readBackup, readFacts, tablesOf } from "./manifest.ts";
import { runPg } from "./pg-program.ts";
import { visible, visibleLines } from "../visible.ts";

const USAGE = `npm run restore -- --from=FOLDER [--record=FILE [--missing=FILE]] [--force] [--trust-unsigned]

Restores a backup into an empty database, migrates it to this version, and verifies the audit record. Stop the nodes first. Everybody
signs in again; links to a password, changes that wait for a second admin, emergency accesses and screens on walls are over. With --record, a copy of the audit record that left the machine (TOCSIN_AUDIT_SINK), it says which accepted sends and other
acts the backup lacks, and lists them in --missing (default: missing.jsonl). --force drops what the database holds.
A backup has to be signed by the audit key, or by one of TOCSIN_AUDIT_TRUSTED_KEYS; --trust-unsigned takes one that nobody signed, on record.
Exit status: 0 restored and as sealed; 1 restored, but not as sealed; 2 it can't be. See docs/operations.md.

  DATABASE_URL, DATABASE_MIGRATION_URL   as the nodes are to have them
  TOCSIN_MASTER_KEY (or _FILE)           with every key that the backup names
  TOCSIN_AUDIT_KEY (or _FILE), or TOCSIN_AUDIT_TRUSTED_KEYS
  TMPDIR                                 where the dump is copied to before it is looked at: it needs room for it
  TOCSIN_ARCHIVES                        the folder of the archives that the backup names, if any
`;

/** No number that a device has seen before the restore comes again: nobody had as many changes since the backup. */
const LEAP = 1_000_000;

async function main(): Promise<number> {
  const flags = flagsOf(process.argv.slice(2));
  if (flags?.from === undefined) {
    process.stdout.write(USAGE);
    return process.argv.includes("--help") ? 0 : 2;
  }
  const place = await mkdtemp(join(tmpdir(), "tocsin-restore-"));
  try {
    return await restore(flags, flags.from, place);
  } finally {
    await rm(place, { recursive: true, force: true });
  }
}

/** @param place a folder of this process alone */
async function restore(flags: Flags, from: string, place: string): Promise<number> {
  const { keys, url, migrationUrl } = await findPlace("restore");
  const { manifest, signed, dump } = await readBackup(
    { folder: from, place },
    await trustedAuditKeys(auditConfig()),
    flags["trust-unsigned"] === true,
  );
  requireKeys(
    manifest,
    keys.map(({ id }) => id),
  );
  requireArchives(manifest);
  const ownerUrl = migrationUrl ?? url;
  await connected(ownerUrl, (owner) => makeRoom(owner, flags.force === true));

  say(
    `the backup of ${manifest.taken_at}: ${manifest.counts.sends} sends, ${manifest.counts.audit_events} audit events`,
  );
  const args = [
    "--no-owner",
    "--no-privileges",
    "--schema=public",
    "--exit-on-error",
    "--single-transaction",
  ];
  const into = ["--dbname", new URL(ownerUrl).pathname.slice(1), "--verbose"];
  await runPg("pg_restore", ownerUrl, [...args, ...into, dump], tables);
  await connected(ownerUrl, (owner) => settle(owner, manifest));
  const runtime = await prepareDatabase({ database: { url, migrationUrl }, masterKeys: keys });

  await putOnRecord(runtime, { taken_at: manifest.taken_at, signed });
  if (flags.record !== undefined) await tellMissing(ownerUrl, flags.record, flags.missing ?? "missing.jsonl");
  return await verify(runtime, join(from, FILES.anchor));
}

type Flags = NonNullable<ReturnType<typeof flagsOf>>;

function flagsOf(args: string[]) {
  try {
    const text = { type: "string" } as const;
    return parseArgs({
      args,
      options: {
        from: text,
        record: text,
        missing: text,
        force: { type: "boolean" },
        "trust-unsigned": { type: "boolean" },
      },
    }).values;
  } catch {
    return null;
  }
}

async function connected<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url, application_name: "tocsin restore" });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/** @throws CannotRun where the backup needs a key that is not there */
function requireKeys({ master_keys }: Manifest, given: string[]): void {
  const lacking = master_keys.filter((id) => !given.includes(id));
  if (lacking.length === 0) return;
  throw new CannotRun(
    `TOCSIN_MASTER_KEY holds no key ${lacking.map((id) => `"${id}"`).join(", ")}, under which originals of this backup are sealed. Put it behind the first.`,
  );
}

/** The record is verified with the months that had left the database. @throws CannotRun where nobody says where they are */
function requireArchives({ archives }: Manifest): void {
  if (archives.length > 0 && !process.env["TOCSIN_ARCHIVES"])
    throw new CannotRun(
      `The backup goes with ${archives.length} archives (${archives.at(-1)?.name} is the newest): set TOCSIN_ARCHIVES to the folder that holds them.`,
    );
}

/** @throws CannotRun where nodes run on the database, or it holds something that may not be dropped */
async function makeRoom(owner: pg.Client, force: boolean): Promise<void> {
  // Of others' sessions the owner of the tables sees no more than whose they are; PostgreSQL's own workers are nobody's.
  const { rows } = await owner.query(`
    SELECT (SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()
        AND usesysid IS NOT NULL)::int AS others,
      (SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'v', 'p'))::int AS tables`);
  const { others, tables } = rows[0];
  if (others > 0)
    throw new CannotRun(`${others} others are connected to the database: stop every node first.`);
  if (tables === 0) return;
  if (!force)
    throw new CannotRun(
      `The database is not empty (${tables} tables). Restore into an empty one, or say --force to drop what it holds.`,
    );
  await owner.query("DROP SCHEMA public CASCADE");
  await owner.query("CREATE SCHEMA public");
}

/** What was open at the backup may have been used, ended or refused since; none of it opens anything after a restore. */
const ENDINGS = [
  "DELETE FROM realtime_tickets",
  // They stay: who ever signed in is no newcomer, for whom one admin alone makes a link.
  "UPDATE sessions SET revoked_at = now() WHERE revoked_at IS NULL",
  "UPDATE invitations SET over_at = now() WHERE over_at IS NULL",
  "UPDATE pending_changes SET over_at = now() WHERE over_at IS NULL",
  "ALTER TABLE emergency_accesses DISABLE TRIGGER keep_access",
  "UPDATE emergency_accesses SET expires_at = now() WHERE expires_at > now()",
  "ALTER TABLE emergency_accesses ENABLE TRIGGER keep_access",
];

/** The same of what older backups have no table of. */
const LATER_ENDINGS: Record<string, string> = {
  subject_tokens: "UPDATE subject_tokens SET ended_at = now() WHERE ended_at IS NULL",
  walls: "UPDATE walls SET ended_at = now(), ended_why = 'ended' WHERE ended_at IS NULL",
};

/** Holds the database to the manifest; ends what was open; and has inboxes and feeds count on from beyond what anybody has seen. */
async function settle(owner: pg.Client, manifest: Manifest): Promise<void> {
  const walls = [
    "sessions",
    "realtime_tickets",
    "inboxes",
    "sends",
    "notifications",
    "users",
    "audit_events",
    "audit_checkpoints",
  ];
  walls.push(...["secrets", "second_factors", "redaction_examples"]);
  walls.push(...["invitations", "pending_changes", "emergency_accesses"]);
  const newer = await tablesOf(owner, [
    "webhook_secrets",
    "event_feeds",
    "schedule_calendars",
    "walls",
    "subject_tokens",
  ]);
  walls.push(...newer);
  await owner.query("BEGIN");
  for (const table of walls) await owner.query(`ALTER TABLE ${table} NO FORCE ROW LEVEL SECURITY`);
  const { counts, audit } = await readFacts(owner);
  if (JSON.stringify([counts, audit]) !== JSON.stringify([manifest.counts, manifest.audit]))
    throw new CannotRun(
      `What was restored is not what the backup says: ${JSON.stringify({ counts, audit })}`,
    );
  const later = Object.entries(LATER_ENDINGS).flatMap(([table, ending]) =>
    newer.includes(table) ? [ending] : [],
  );
  for (const ending of [...ENDINGS, ...later]) await owner.query(ending);
  await owner.query("UPDATE inboxes SET seq = seq + $1", [LEAP]);
  if (newer.includes("event_feeds"))
    await owner.query("UPDATE event_feeds SET seq = seq + $1, dropped = seq + $1", [LEAP]);
  for (const table of walls) await owner.query(`ALTER TABLE ${table} FORCE ROW LEVEL SECURITY`);
  await owner.query("COMMIT");
  // A dump has no statistics, and without them plans take long until autovacuum comes by.
  await owner.query("ANALYZE");
}

async function putOnRecord(url: string, payload: { taken_at: string; signed: boolean }): Promise<void> {
  const knex = openDatabase(url, { max: 1 });
  try {
    const event = { action: "database.restore", outcome: "ok", payload } as const;
    await actAs(knex, "setup", (trx) => record(trx, "setup", event));
  } finally {
    await knex.destroy();
  }
}

async function tellMissing(ownerUrl: string, copy: string, file: string): Promise<void> {
  const missing = await connected(ownerUrl, (owner) => compareRecord(owner, copy));
  const lines = missing.map((event) => JSON.stringify(event));
  await writeFile(file, lines.map((line) => `${line}\n`).join(""), { mode: 0o600 });
  const sends = missing.filter(({ action, outcome }) => action === "notification.send" && outcome === "ok");
  say(
    `${sends.length} accepted sends came after the backup and are missing, and ${missing.length - sends.length} other acts: ${file}`,
  );
  const others = Map.groupBy(missing, ({ action }) => action);
  for (const [action, events] of others) say(`  ${action}: ${events.length}`);
}

async function verify(url: string, anchor: string): Promise<number> {
  const known = existsSync(anchor);
  const script = join(import.meta.dirname, "../audit-verify.ts");
  const child = spawn(process.execPath, [script, ...(known ? [] : ["--no-anchor"])], {
    env: { ...process.env, DATABASE_URL: url, TOCSIN_AUDIT_ANCHOR: anchor },
    stdio: ["ignore", "inherit", "inherit"],
  });
  const [code] = await once(child, "close");
  if (code === 0) say("restored, and as sealed");
  say(
    `the nodes' anchor files tell of checkpoints after the backup: set each aside, and note why, before its node starts (${FILES.anchor})`,
  );
  return code === 0 ? 0 : 1;
}

/** pg_restore says one line for each table's rows. */
function tables(line: string): void {
  const table = /processing data for table "(?:public\.)?(\w+)"/.exec(line)?.[1];
  if (table !== undefined) say(`… ${table}`);
}

const say = (line: string): boolean => process.stdout.write(`restore: ${visible(line)}\n`);

main().then(
  (status) => (process.exitCode = status),
  (error: unknown) => {
    const known = error instanceof CannotRun || error instanceof DatabaseSetupError;
    const why = error instanceof Error ? error.message : String(error);
    process.stderr.write(`restore: ${visibleLines(known ? why : `can't be done: ${why}`)}\n`);
    process.exitCode = 2;
  },
);

import { createHash, type Hash } from "node:crypto";
import { createWriteStream } from "node:fs";
import { mkdir, rename, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { parseArgs } from "node:util";
import pg from "pg";
import { withTls } from "../../config/postgres.ts";
import { anchored } from "../../store/audit/anchor.ts";
import { ownAuditKey } from "../../store/audit/key.ts";
import { auditConfig } from "../audit-keys.ts";
import { CannotRun } from "../place.ts";
import { FILES, readArchives, readFacts } from "./manifest.ts";
import { runPg } from "./pg-program.ts";
import { signManifest } from "./signature.ts";

const USAGE = `npm run backup -- --to=FOLDER

Takes a backup while nodes run, into a new folder of FOLDER: a dump of the database as it is at one moment (pg_dump), what it holds,
and the audit record's anchor, signed with the audit key. No key is in it: keep TOCSIN_MASTER_KEY and TOCSIN_AUDIT_KEY elsewhere. Redis and Temporal need no backup.
Exit status: 0 taken; 2 it can't be. See docs/operations.md.

  DATABASE_BACKUP_URL   a login that reads every row: CREATE ROLE … LOGIN BYPASSRLS IN ROLE pg_read_all_data
  TOCSIN_AUDIT_KEY      (or _FILE) the key that signs, where it is not TOCSIN_HOME/audit-key.pem
  TOCSIN_AUDIT_ANCHOR   the anchor file, where it is not TOCSIN_HOME/audit-anchor.jsonl
`;

async function main(): Promise<number> {
  const to = folderOf(process.argv.slice(2));
  if (to === null) {
    process.stdout.write(USAGE);
    return process.argv.includes("--help") ? 0 : 2;
  }
  const url = backupUrl();
  const key = await ownAuditKey(auditConfig());
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await requireEveryRow(client);
    await client.query("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
    const snapshot: string = (await client.query("SELECT pg_export_snapshot() AS id")).rows[0].id;
    const facts = { ...(await readFacts(client)), archives: await readArchives(client) };
    const folder = join(resolve(to), `tocsin-${facts.taken_at.replaceAll(/[:.]/g, "-")}`);
    // The folder gets its name once it is whole.
    const unfinished = `${folder}.unfinished`;
    await mkdir(unfinished, { recursive: true, mode: 0o700 });
    say(
      `the snapshot of ${facts.taken_at}: ${counted(facts.counts.sends, "send")}, ${counted(facts.counts.audit_events, "audit event")}`,
    );
    const dump = join(unfinished, FILES.dump);
    const args = ["--format=custom", `--snapshot=${snapshot}`, "--schema=public"];
    const hash = createHash("sha256");
    await runPg("pg_dump", url, [...args, "--no-owner", "--no-privileges", "--verbose"], tables, (output) =>
      write(output, dump, hash),
    );
    const manifest = `${JSON.stringify({ format: 1, ...facts, dump_sha256: hash.digest("hex") }, null, 2)}\n`;
    await writeFile(join(unfinished, FILES.manifest), manifest, { mode: 0o600 });
    if (key === null)
      say(
        "not signed, since there is no audit key (TOCSIN_AUDIT_KEY): its restore will need --trust-unsigned",
      );
    else await writeFile(join(unfinished, FILES.signature), signManifest(manifest, key), { mode: 0o600 });
    await takeAnchor(unfinished, facts.audit.checkpoint?.id ?? 0);
    await rename(unfinished, folder);
    say(`done: ${folder}`);
    if (facts.archives.length > 0)
      say(
        `not in it: ${counted(facts.archives.length, "archive")} of months that have left the database (npm run archive); copy their folder too`,
      );
    say(
      `not in it: the master keys ${facts.master_keys.map((id) => `"${id}"`).join(", ") || "(none used yet)"}, and the audit key. Without the first, no original opens`,
    );
    return 0;
  } finally {
    await client.end();
  }
}

function folderOf(args: string[]): string | null {
  try {
    return parseArgs({ args, options: { to: { type: "string" } } }).values.to ?? null;
  } catch {
    return null;
  }
}

/** @throws CannotRun */
function backupUrl(): string {
  const given = process.env["DATABASE_BACKUP_URL"];
  if (!given) throw new CannotRun("DATABASE_BACKUP_URL: is not set; see --help for the login that it needs");
  const faults: string[] = [];
  const url = withTls(given, "DATABASE_BACKUP_URL", process.env, faults);
  if (faults.length > 0) throw new CannotRun(faults.join("\n"));
  return url;
}

/** Writes what is dumped to a file. The hash is of what was dumped, whatever is made of the file meanwhile. */
async function write(output: Readable, file: string, hash: Hash): Promise<void> {
  const hashed = async function* (chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    for await (const chunk of chunks) {
      hash.update(chunk);
      yield chunk;
    }
  };
  await pipeline(output, hashed, createWriteStream(file, { flags: "wx", mode: 0o600 }));
}

/** A login that row-level security binds would leave rows out; pg_dump would refuse only later. @throws CannotRun */
async function requireEveryRow(client: pg.Client): Promise<void> {
  const { rows } = await client.query(
    "SELECT rolsuper OR rolbypassrls AS every_row FROM pg_roles WHERE rolname = current_user",
  );
  if (rows[0]?.every_row === true) return;
  throw new CannotRun(
    "The login in DATABASE_BACKUP_URL does not see every row. Let a superuser make one that does: CREATE ROLE tocsin_backup LOGIN BYPASSRLS IN ROLE pg_read_all_data",
  );
}

/** The anchor as far as the dump goes: nodes seal on meanwhile. */
async function takeAnchor(folder: string, newest: number): Promise<void> {
  const home = process.env["TOCSIN_HOME"] || ".tocsin";
  const anchor = process.env["TOCSIN_AUDIT_ANCHOR"] || join(home, FILES.anchor);
  try {
    const lines: string[] = [];
    for await (const line of anchored(anchor))
      if (line !== null && line.checkpoint <= newest) lines.push(`${JSON.stringify(line)}\n`);
    await writeFile(join(folder, FILES.anchor), lines.join(""), { mode: 0o600 });
  } catch {
    say(
      `no anchor file at ${anchor}: without one, nothing shows that the end of the record is there (TOCSIN_AUDIT_ANCHOR)`,
    );
  }
}

/** pg_dump says one line for each table's rows. */
function tables(line: string): void {
  const table = /dumping contents of table "(?:public\.)?(\w+)"/.exec(line)?.[1];
  if (table !== undefined) say(`… ${table}`);
}

const counted = (number: number, noun: string): string =>
  `${number.toLocaleString("en")} ${noun}${number === 1 ? "" : "s"}`;
const say = (line: string): boolean => process.stdout.write(`backup: ${line}\n`);

main().then(
  (status) => (process.exitCode = status),
  (error: unknown) => {
    const why = error instanceof Error ? error.message : String(error);
    process.stderr.write(`backup: ${error instanceof CannotRun ? why : `can't be taken: ${why}`}\n`);
    process.exitCode = 2;
  },
);

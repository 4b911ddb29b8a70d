import { setTimeout as delay } from "node:timers/promises";
import { parseArgs } from "node:util";
import pg from "pg";
import { archivePartition, CannotArchive } from "../store/archive/archive.ts";
import { ArchiveFault } from "../store/archive/manifest.ts";
import { type Partition, partitionsBefore, SOURCES } from "../store/archive/partitions.ts";
import { isPostgresError, openDatabase, PATIENCE } from "../store/db/knex.ts";
import { LOCKS } from "../store/db/locks.ts";
import { CannotRun, findPlace } from "./place.ts";
import { visible, visibleLines } from "./visible.ts";

const USAGE = `npm run archive -- --to=FOLDER [--keep=MONTHS]

Takes the months of the audit record and of deliveries' timelines that are older than --keep (default 24, and 13 at least) out of the database: each goes
into an archive, a folder of its own in FOLDER, is verified from there, and only then dropped, on record. Safe beside running nodes, to interrupt, and to run again.
Keep FOLDER as long as the record is to be kept, and copies of it: npm run audit:verify reads it from then on. Exit status: 0 archived, or nothing to do;
1 something could not be archived and stays where it is; 2 it can't be run. See docs/operations.md.

  DATABASE_MIGRATION_URL   the login that owns the tables; default DATABASE_URL
  TOCSIN_ARCHIVES          FOLDER, where --to is not said
`;

/** Timelines get late entries for a year: a send may be put off for so long. */
const LEAST = 13;
const DEFAULT = 24;

/** Times that a table in use is asked for, and the wait between; ms. */
const TRIES = 10;
const WAIT = 2_000;

async function main(): Promise<number> {
  const flags = flagsOf(process.argv.slice(2));
  const to = flags?.to ?? (process.env["TOCSIN_ARCHIVES"] || undefined);
  const keep = Number(flags?.keep ?? DEFAULT);
  if (flags === null || to === undefined || !(Number.isInteger(keep) && keep >= LEAST)) {
    process.stdout.write(USAGE);
    return process.argv.includes("--help") ? 0 : 2;
  }
  const { url, migrationUrl } = await findPlace("archive");
  return await alone(migrationUrl ?? url, () => archiveAll(migrationUrl ?? url, to, keep));
}

function flagsOf(args: string[]) {
  try {
    const text = { type: "string" } as const;
    return parseArgs({ args, options: { to: text, keep: text } }).values;
  } catch {
    return null;
  }
}

/** @throws CannotRun where another command archives */
async function alone(ownerUrl: string, work: () => Promise<number>): Promise<number> {
  const client = new pg.Client({ connectionString: ownerUrl, application_name: "tocsin archive" });
  await client.connect();
  try {
    const { rows } = await client.query("SELECT pg_try_advisory_lock($1) AS mine", [LOCKS.archive]);
    if (rows[0].mine !== true) throw new CannotRun("Another npm run archive is under way.");
    return await work();
  } finally {
    await client.end();
  }
}

async function archiveAll(ownerUrl: string, to: string, keep: number): Promise<number> {
  const owner = openDatabase(ownerUrl, { max: 2, patience: PATIENCE });
  try {
    const before = new Date();
    before.setUTCMonth(before.getUTCMonth() - keep);
    let status = 0;
    for (const source of SOURCES)
      for (const partition of await partitionsBefore(owner, source, before))
        status = Math.max(status, await archiveOne(owner, partition, to));
    return status;
  } finally {
    await owner.destroy();
  }
}

async function archiveOne(
  owner: ReturnType<typeof openDatabase>,
  partition: Partition,
  to: string,
): Promise<number> {
  try {
    const { events } = await patiently(() => archivePartition(owner, partition, { to }));
    say(`${partition.name}: ${events.toLocaleString("en")} rows, until ${partition.ends.toISOString()}`);
    return 0;
  } catch (error) {
    if (!(error instanceof CannotArchive || error instanceof ArchiveFault)) throw error;
    say(`${partition.name} stays: ${error.message}`);
    return 1;
  }
}

/** Tries again where a table is in use. */
async function patiently<T>(work: () => Promise<T>, tries = TRIES): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!isPostgresError(error, "55P03") || tries <= 1) throw error;
    await delay(WAIT);
    return await patiently(work, tries - 1);
  }
}

const say = (line: string): boolean => process.stdout.write(`archive: ${visible(line)}\n`);

main().then(
  (status) => (process.exitCode = status),
  (error: unknown) => {
    const why = error instanceof Error ? error.message : String(error);
    process.stderr.write(
      `archive: ${visibleLines(error instanceof CannotRun ? why : `can't be done: ${why}`)}\n`,
    );
    process.exitCode = 2;
  },
);

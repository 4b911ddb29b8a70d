import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterEach, beforeEach, expect, inject, it } from "vitest";
import { must } from "../config/must.ts";
import { migrationSource } from "../store/migrations/index.ts";
import { spare } from "../testing/contract.ts";
import { connected } from "../testing/database-admin.ts";
import { createDatabase, type TestDatabase } from "../testing/database.ts";
import { createSite, type Site } from "../testing/site.ts";
import { until } from "../testing/until.ts";
import { connectDevices } from "./faults/devices.ts";
import { findBreaches } from "./faults/checks.ts";
import { emptyLedger } from "./faults/ledger.ts";
import { bearLoad } from "./faults/load.ts";
import { makePeople } from "./faults/people.ts";
import { isSettled, readRecord } from "./faults/record.ts";

/** The first commit whose nodes start on a database that a newer one has migrated, and make a call again that its migrations took back. */
const OLDER = "8b293aabc4be4b08017021fffc92131a78faf626";
const ROOT = join(import.meta.dirname, "..");
/** What a node runs from. */
const PARTS =
  "activities api channels config node on-call package.json plugins redaction store testing tools workflows".split(
    " ",
  );

/** How long senders try on; ms. Three nodes start one after the other meanwhile, on a machine that may be busy. */
const PATIENCE = 240_000;

let folder: string;
let site: Site;
/** Empty, so that the older node makes it as it knows it. */
let database: TestDatabase;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "tocsin-older-"));
  unpack(OLDER, folder);
  database = await createDatabase();
  site = await createSite({ DATABASE_URL: database.url, RATE_SENDS_PER_SECOND: "1000" });
});
afterEach(async () => {
  await site.close();
  await database.drop();
  rmSync(folder, { recursive: true, force: true });
});

/** Puts a commit's nodes into a folder, on the packages of this one. */
function unpack(commit: string, to: string): void {
  try {
    const archive = execFileSync("git", ["archive", commit, ...PARTS], { cwd: ROOT, maxBuffer: 1e9 });
    execFileSync("tar", ["-xf", "-", "-C", to], { input: archive });
  } catch (cause) {
    throw new Error(`an upgrade is tested from commit ${commit}: this needs a clone with its whole history`, {
      cause,
    });
  }
  symlinkSync(join(ROOT, "node_modules"), join(to, "node_modules"));
}

it(
  "goes on under load while a newer node migrates, and an older one starts again after it",
  { timeout: 2 * PATIENCE },
  async () => {
    const entry = join(folder, "testing/node.ts");
    const newest = must((await migrationSource.getMigrations([])).at(-1), "migration");
    const older = await site.start({ entry });
    spare(older.url);
    const urls = [older.url];
    const { wards, key } = await makePeople(site.knex, urls);
    const devices = await connectDevices(wards, urls);
    const ledger = emptyLedger();
    const stop = new AbortController();
    const load = bearLoad(
      { wards, key, urls, devices },
      {
        ledger,
        now: () => performance.now(),
        seed: 1,
        stop: stop.signal,
        giveUp: AbortSignal.timeout(PATIENCE),
      },
    );
    expect(await hasMigrated(newest)).toBe(false);
    const newer = await site.start();
    expect(await hasMigrated(newest)).toBe(true);
    urls.push(newer.url);
    await delay(2_000);
    await older.stop();
    urls.shift();
    devices.moveAll(newer.url);
    const again = await site.start({ entry });
    spare(again.url);
    urls.push(again.url);
    const bulksThrough = (url: string) =>
      bearLoad(
        { wards, key, urls: [url], devices },
        {
          ledger,
          now: () => performance.now(),
          seed: 2,
          always: { kind: "bulk", moves: false },
          // Each sender hands in one.
          stop: AbortSignal.timeout(1),
          giveUp: AbortSignal.timeout(PATIENCE),
        },
      );
    await Promise.all([newer.url, again.url].map(bulksThrough));
    await delay(3_000);
    stop.abort();
    await load;

    const superuser = new URL(inject("databaseUrl"));
    superuser.pathname = new URL(site.databaseUrl).pathname;
    await connected(superuser.href, async (client) => {
      await until("nothing is left to do", () => isSettled(client));
      await until("the devices have caught up", () => devices.haveCaughtUp(client));
      ledger.shown = devices.shown(0);
      const failed = site.lines().filter((line) => line.includes('"status":500'));
      expect(findBreaches(ledger, await readRecord(client)), failed.join("\n")).toEqual([]);
      expect(ledger.entries.length).toBeGreaterThan(40);
      const inBulk = ledger.entries.filter(({ kind, id }) => kind === "bulk" && id !== null);
      expect(inBulk.length).toBeGreaterThanOrEqual(2 * 4 * 10);
    }).finally(() => devices.stop());
  },
);

async function hasMigrated(name: string): Promise<boolean> {
  return (await site.knex("schema_migrations").where({ name })).length === 1;
}

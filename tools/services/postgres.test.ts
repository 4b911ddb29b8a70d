import { execFile } from "node:child_process";
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import pg from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Postgres, startPostgres } from "./postgres.ts";
import { isRunning } from "./process.ts";

const home = mkdtempSync(join(tmpdir(), "tocsin-postgres-"));
chmodSync(home, 0o711);
const dataDir = join(home, "data");
const settings = { fsync: "off" };
let postgres: Postgres;

async function query(url: string, sql: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end();
  }
}

beforeAll(async () => {
  postgres = await startPostgres({ dataDir, settings });
});

afterAll(async () => {
  await postgres.stop();
  rmSync(home, { recursive: true, force: true });
});

test("keeps its data from one start to the next", async () => {
  await query(postgres.url, "create table kept as select 7 as n");
  await postgres.stop();
  expect(isRunning(postgres.pid)).toBe(false);
  postgres = await startPostgres({ dataDir, settings, port: postgres.port });
  expect(await query(postgres.url, "select n from kept")).toEqual([{ n: 7 }]);
});

test("starts again after its postmaster was killed", async () => {
  await query(postgres.url, "create table survived as select 8 as n");
  await postgres.stop("SIGKILL");
  postgres = await startPostgres({ dataDir, settings });
  expect(await query(postgres.url, "select n from survived")).toEqual([{ n: 8 }]);
});

test("adopts the server that a killed process left running", async () => {
  await postgres.stop();
  const script = `
    const { startPostgres } = await import(${JSON.stringify(join(import.meta.dirname, "postgres.ts"))});
    const { pid } = await startPostgres({ dataDir: ${JSON.stringify(dataDir)} });
    console.log(pid);
    process.kill(process.pid, "SIGKILL");`;
  const dying = promisify(execFile)(process.execPath, ["--input-type=module", "-e", script]);
  const { stdout } = await dying.catch((error: unknown) => (isOutput(error) ? error : { stdout: "" }));
  postgres = await startPostgres({ dataDir });
  expect(postgres.pid).toBe(Number(stdout));
  expect(await query(postgres.url, "select n from kept")).toEqual([{ n: 7 }]);
});

test("starts over a pid file whose id now belongs to another process", async () => {
  await postgres.stop();
  writeFileSync(join(dataDir, "postmaster.pid"), `${process.ppid}\n${dataDir}\n0\n5432\n`, { mode: 0o600 });
  postgres = await startPostgres({ dataDir, settings });
  expect(await query(postgres.url, "select 1 as n")).toEqual([{ n: 1 }]);
});

test("logs no row and no statement", async () => {
  await query(postgres.url, "create table guarded (secret text check (secret <> 'canary-row'))");
  await expect(query(postgres.url, "insert into guarded values ('canary-row')")).rejects.toThrow(
    "violates check",
  );
  expect(readFileSync(join(home, "postgres.log"), "utf8")).not.toContain("canary-row");
});

function isOutput(error: unknown): error is { stdout: string } {
  return typeof error === "object" && error !== null && "stdout" in error && typeof error.stdout === "string";
}

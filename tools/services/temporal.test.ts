import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Connection } from "@temporalio/client";
import { afterAll, beforeAll, expect, test } from "vitest";
import { isRunning } from "./process.ts";
import { startTemporal, type Temporal } from "./temporal.ts";

const home = mkdtempSync(join(tmpdir(), "tocsin-temporal-"));
const dbFile = join(home, "temporal.db");
let temporal: Temporal;

beforeAll(async () => {
  temporal = await startTemporal({ dbFile });
});

afterAll(async () => {
  await temporal.stop();
  rmSync(home, { recursive: true, force: true });
});

async function searchAttributes(address: string): Promise<string[]> {
  const connection = await Connection.connect({ address });
  try {
    const found = await connection.operatorService.listSearchAttributes({ namespace: "default" });
    return Object.keys(found.customAttributes ?? {});
  } finally {
    await connection.close();
  }
}

test("keeps what it stored when it is killed", async () => {
  const connection = await Connection.connect({ address: temporal.address });
  await connection.operatorService.addSearchAttributes({
    namespace: "default",
    searchAttributes: { Kept: 2 },
  });
  await connection.close();
  await temporal.stop("SIGKILL");
  expect(isRunning(temporal.pid)).toBe(false);
  temporal = await startTemporal({ dbFile, port: temporal.port });
  expect(await searchAttributes(temporal.address)).toContain("Kept");
});

test("adopts the server left running on the same file", async () => {
  const again = await startTemporal({ dbFile });
  expect(again.pid).toBe(temporal.pid);
});

test("starts over a file that a killed server never finished", async () => {
  const unfinished = join(home, "unfinished.db");
  writeFileSync(unfinished, "");
  const server = await startTemporal({ dbFile: unfinished });
  expect(await searchAttributes(server.address)).toEqual([]);
  expect(statSync(unfinished).mode & 0o777).toBe(0o600);
  await server.stop();
});

test("says which port is in use", async () => {
  const other = startTemporal({ dbFile: join(home, "other.db"), port: temporal.port });
  await expect(other).rejects.toThrow(`port ${temporal.port}: it is in use`);
});

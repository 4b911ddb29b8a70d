import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { StartProblem } from "../services/problem.ts";
import { ownMark } from "./launcher.ts";
import { lockHome } from "./lock.ts";

let home: string;

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "tocsin-lock-"));
});

afterEach(() => rmSync(home, { recursive: true, force: true }));

function leave(holder: { pid: number; mark: string | null }): void {
  writeFileSync(join(home, "lock"), JSON.stringify({ holder, launcher: null }));
}

test("is held by one at a time, and given back", async () => {
  const release = await lockHome(home);
  await expect(lockHome(home)).rejects.toThrow(`process ${process.pid}`);
  release();
  (await lockHome(home))();
  expect(readdirSync(home)).toEqual([]);
});

test("a lock whose process is gone, or whose id another process has now, is broken", async () => {
  leave({ pid: 4_194_300, mark: "gone" });
  (await lockHome(home))();
  leave({ ...ownMark(), mark: "an earlier process of this id" });
  (await lockHome(home))();
});

test("a lock that can't be read is broken", async () => {
  writeFileSync(join(home, "lock"), "{");
  (await lockHome(home))();
});

test("of many that find the same stale lock, one gets it", async () => {
  leave({ pid: 4_194_300, mark: "gone" });
  const results = await Promise.allSettled(Array.from({ length: 20 }, () => lockHome(home)));
  expect(results.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
  for (const result of results)
    if (result.status === "rejected") expect(result.reason).toBeInstanceOf(StartProblem);
});

test("doesn't give back what is no longer its own", async () => {
  const release = await lockHome(home);
  leave({ pid: 1, mark: "another's" });
  release();
  expect(readFileSync(join(home, "lock"), "utf8")).toContain("another's");
});

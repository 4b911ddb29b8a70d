import { chmodSync, mkdtempSync, rmSync, statfsSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { openHome, rotate } from "./home.ts";

// That one function alone: a spy on all of it reaches the streams of whatever else this worker runs.
vi.mock("node:fs", async (original) => {
  const fs = await original<{ statfsSync: typeof statfsSync }>();
  return { ...fs, statfsSync: vi.fn<typeof statfsSync>(fs.statfsSync) };
});

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "tocsin-home-"));
});

afterEach(() => {
  vi.restoreAllMocks();
  rmSync(folder, { recursive: true, force: true });
});

test("is made, unreadable to others", () => {
  const home = openHome(join(folder, "a/b"));
  expect(statSync(home).mode & 0o066).toBe(0);
});

test("a disk with too little room is one clear error", () => {
  const real = statfsSync(folder);
  vi.mocked(statfsSync).mockReturnValue(Object.assign(Object.create(real), { bavail: 10, bsize: 1_000_000 }));
  expect(() => openHome(folder)).toThrow(/Only 10 MB are free[^]*TOCSIN_HOME/);
});

test("a place that can't be written is one clear error", () => {
  writeFileSync(join(folder, "file"), "");
  expect(() => openHome(join(folder, "file/home"))).toThrow(/can't be written[^]*set TOCSIN_HOME/);
});

test("a log grown large is set aside", () => {
  const log = join(folder, "tocsin.log");
  rotate(log);
  writeFileSync(log, Buffer.alloc(21e6));
  chmodSync(log, 0o600);
  rotate(log);
  expect(statSync(`${log}.1`).size).toBe(21e6);
});

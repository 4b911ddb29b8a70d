import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium } from "playwright-core";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { chromiumRungs, findChromium } from "./chromium.ts";

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "tocsin-chromium-"));
  vi.stubEnv("CHROME_PATH", "");
  vi.stubEnv("PATH", folder);
});

afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
  rmSync(folder, { recursive: true, force: true });
});

async function rung(name: RegExp): Promise<string> {
  const found = chromiumRungs().find((one) => name.test(one.name));
  if (!found) throw new Error(`no rung ${String(name)}`);
  return found.get();
}

function program(name: string, script: string): string {
  const path = join(folder, name);
  writeFileSync(path, `#!/bin/sh\n${script}\n`);
  chmodSync(path, 0o755);
  return path;
}

test("CHROME_PATH: not set is a miss, set and wrong ends the climb", async () => {
  await expect(rung(/CHROME_PATH/)).rejects.toThrow("not set");
  vi.stubEnv("CHROME_PATH", join(folder, "nowhere"));
  await expect(findChromium()).rejects.toThrow("CHROME_PATH is");
  vi.stubEnv("CHROME_PATH", program("mine", "exit 0"));
  expect(await findChromium()).toBe(join(folder, "mine"));
});

test("PATH: takes a browser that starts, refuses one that doesn't", async () => {
  await expect(rung(/on PATH/)).rejects.toThrow("not there");
  program("chromium", "exit 127");
  await expect(rung(/on PATH/)).rejects.toThrow("Command failed");
  program("chromium", "exit 0");
  expect(await rung(/on PATH/)).toBe(join(folder, "chromium"));
  program("chromium-headless-shell", "exit 0");
  expect(await rung(/on PATH/)).toBe(join(folder, "chromium-headless-shell"));
});

test("Playwright: takes its browser when it is there", async () => {
  vi.spyOn(chromium, "executablePath").mockReturnValue(program("headless", "exit 0"));
  expect(await rung(/Playwright/)).toBe(join(folder, "headless"));
});

test("Playwright: a miss when its download fails", async () => {
  vi.spyOn(chromium, "executablePath").mockReturnValue(join(folder, "nowhere"));
  vi.stubEnv("PLAYWRIGHT_DOWNLOAD_HOST", "http://127.0.0.1:9");
  vi.stubEnv("PLAYWRIGHT_BROWSERS_PATH", folder);
  await expect(rung(/Playwright/)).rejects.toThrow();
});

test("the package system: only as root, and only where there is one", async () => {
  vi.spyOn(process, "getuid").mockReturnValue(1000);
  await expect(rung(/package system/)).rejects.toThrow("not root");
  vi.spyOn(process, "getuid").mockReturnValue(0);
  await expect(rung(/package system/)).rejects.toThrow("neither");
  // An older release, which has no shell.
  program(
    "apt-get",
    `case "$1$4" in update) ;; installchromium) printf '#!/bin/sh\\n' > "${folder}/chromium"; /bin/chmod +x "${folder}/chromium" ;; *) exit 100 ;; esac`,
  );
  expect(await rung(/package system/)).toBe(join(folder, "chromium"));
  program(
    "apt-get",
    `[ "$1" = update ] || { printf '#!/bin/sh\\n' > "${folder}/$4"; /bin/chmod +x "${folder}/$4"; }`,
  );
  expect(await rung(/package system/)).toBe(join(folder, "chromium-headless-shell"));
});

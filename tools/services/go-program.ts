import { execFile } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { promisify } from "node:util";
import { environmentFor } from "./environment.ts";
import { onPath } from "./on-path.ts";
import { runBehindOthers } from "./priority.ts";

/**
 * Lets `make` put a program into a folder of its own, then moves it into place in one step, once it works.
 * @param path where the program is to be; answered
 */
export async function install(
  path: string,
  make: (folder: string) => Promise<void>,
  works: (program: string) => Promise<unknown>,
): Promise<string> {
  mkdirSync(dirname(dirname(path)), { recursive: true });
  const folder = mkdtempSync(`${dirname(path)}.`);
  try {
    await make(folder);
    await works(join(folder, basename(path)));
    mkdirSync(dirname(path), { recursive: true });
    renameSync(join(folder, basename(path)), path);
    return path;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** @throws Error when no file is there */
export function existing(path: string): string {
  if (!existsSync(path)) throw new Error("not there");
  return path;
}

/**
 * Builds a program from a Go module into a folder.
 * @param cwd where a module is that has no version
 * @param say hears that it takes a while
 */
export async function goInstall(
  module: string,
  folder: string,
  {
    name,
    tags = "",
    cwd = folder,
    say,
  }: { name: string; tags?: string; cwd?: string; say: (line: string) => void },
): Promise<void> {
  const go = onPath("go");
  const began = Date.now();
  say(`building ${name} with Go (5 to 10 minutes, once) …`);
  const minute = setInterval(
    () => say(`  still building (${Math.round((Date.now() - began) / 60_000)} min) …`),
    60_000,
  );
  try {
    const building = promisify(execFile)(go, ["install", "-tags", tags, module], {
      env: { ...environmentFor(), GOBIN: folder, GOFLAGS: "", GO111MODULE: "on", CGO_ENABLED: "0" },
      timeout: 1_800_000,
      cwd,
    });
    runBehindOthers(building.child);
    await building;
  } finally {
    clearInterval(minute);
  }
}

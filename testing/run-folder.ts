import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { commandLine, isRunning } from "../tools/services/process.ts";

const PREFIX = "tocsin-run-";

/** The temporary folder of one test run. Passable, since PostgreSQL runs as another user when the run is root's. */
export function makeRunFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), `${PREFIX}${process.pid}-`));
  chmodSync(folder, 0o711);
  return folder;
}

/** Notes which services a run started, so that the next run can end them should this one be killed. */
export function noteServices(folder: string, pids: readonly number[]): void {
  writeFileSync(join(folder, "services.json"), JSON.stringify(pids));
}

/** Cleans up after runs that were killed: ends services that still run on their folders, and removes the folders. */
export function sweepRunFolders(): void {
  for (const name of readdirSync(tmpdir()).filter((entry) => entry.startsWith(PREFIX))) {
    const folder = join(tmpdir(), name);
    if (isRunning(Number(name.slice(PREFIX.length).split("-")[0]))) continue;
    for (const pid of notedServices(folder)) {
      if (commandLine(pid)?.includes(folder) === true) process.kill(pid, "SIGKILL");
    }
    rmSync(folder, { recursive: true, force: true });
  }
}

function notedServices(folder: string): number[] {
  const file = join(folder, "services.json");
  const noted: unknown = existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : [];
  return Array.isArray(noted) ? noted.filter((pid) => typeof pid === "number") : [];
}

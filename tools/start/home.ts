import { accessSync, chmodSync, constants, mkdirSync, renameSync, statfsSync, statSync } from "node:fs";
import { relative, resolve } from "node:path";
import { reason, StartProblem } from "../services/problem.ts";

/** A fresh PostgreSQL takes 60 MB; the rest is room to work. */
const NEEDED_BYTES = 300e6;
const LOG_BYTES = 20e6;

/**
 * Makes sure of TOCSIN_HOME, the folder of the embedded default's data, and answers its full path.
 * Only its owner can read it; where that is root, others may pass through, since PostgreSQL runs as another user.
 * @throws StartProblem when it can't be written or the disk is full.
 */
export function openHome(path: string): string {
  const home = resolve(path);
  try {
    mkdirSync(home, { recursive: true, mode: 0o700 });
    if (process.getuid?.() === 0) chmodSync(home, statSync(home).mode | 0o011);
    accessSync(home, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (cause) {
    throw new StartProblem(
      `TOCSIN_HOME, ${home}, can't be written (${reason(cause)}). Make it writable, or set TOCSIN_HOME to another folder.`,
      { cause },
    );
  }
  const { bavail, bsize } = statfsSync(home);
  if (bavail * bsize < NEEDED_BYTES) {
    throw new StartProblem(
      `Only ${Math.round((bavail * bsize) / 1e6)} MB are free for TOCSIN_HOME, ${home}; Tocsin needs ${NEEDED_BYTES / 1e6} MB to run. ` +
        "Free some space, or set TOCSIN_HOME to a folder on another disk.",
    );
  }
  return home;
}

/** A path as a person in the current folder would write it. */
export function shortPath(path: string): string {
  const near = relative(process.cwd(), path);
  return near.startsWith("..") || near === "" ? path : near;
}

/** Sets a log aside once it has grown large, keeping one older one. */
export function rotate(log: string): void {
  try {
    if (statSync(log).size > LOG_BYTES) renameSync(log, `${log}.1`);
  } catch {
    // There is none yet.
  }
}

import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { StartProblem } from "../services/problem.ts";
import { findLauncher, ownMark, stillRuns } from "./launcher.ts";

const Mark = z.object({ pid: z.number().int(), mark: z.string().nullable() });
const Lock = z.object({ holder: Mark, launcher: Mark.nullable() });
type Lock = z.infer<typeof Lock>;

/** A program whose npm was killed notices within a second and then stops its services. */
const ENDING_MS = 20_000;

/**
 * Takes TOCSIN_HOME for this process: two programs over one folder would spoil it. A lock whose process is gone is broken.
 *
 * @returns a function that gives the lock back
 * @throws StartProblem when another program holds it.
 */
export async function lockHome(home: string): Promise<() => void> {
  const path = join(home, "lock");
  const own = `${path}.${process.pid}`;
  const content = JSON.stringify({ holder: ownMark(), launcher: findLauncher() } satisfies Lock);
  for (const deadline = Date.now() + ENDING_MS; ; await sleep(100)) {
    if (take(path, own, content)) return () => release(path, content);
    const text = read(path);
    const lock = text === null ? null : parse(text);
    if (text === null) continue;
    if (lock === null || !stillRuns(lock.holder)) {
      breakLock(path, own, text);
      continue;
    }
    const ending = lock.launcher !== null && !stillRuns(lock.launcher) && Date.now() < deadline;
    if (ending) continue;
    throw new StartProblem(
      `Tocsin runs already on ${home} (process ${lock.holder.pid}). Use that one, stop it (kill ${lock.holder.pid}), ` +
        "or give this one another TOCSIN_HOME and PORT.",
    );
  }
}

/** Puts the whole lock there in one step, or not at all. */
function take(path: string, own: string, content: string): boolean {
  writeFileSync(own, content);
  try {
    linkSync(own, path);
    return true;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "EEXIST") return false;
    throw error;
  } finally {
    rmSync(own, { force: true });
  }
}

/**
 * Removes a stale lock. Between reading and removing it, another process may have put its own in place; renaming takes
 * exactly one of them, and a lock that turns out not to be the stale one is put back.
 */
function breakLock(path: string, own: string, stale: string): void {
  const aside = `${own}.stale`;
  try {
    renameSync(path, aside);
    if (read(aside) !== stale) linkSync(aside, path);
  } catch {
    // Another process was faster; the next round looks again.
  } finally {
    rmSync(aside, { force: true });
  }
}

function release(path: string, content: string): void {
  if (read(path) === content) rmSync(path, { force: true });
}

function read(path: string): string | null {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return null;
  }
}

function parse(text: string): Lock | null {
  try {
    return Lock.parse(JSON.parse(text));
  } catch {
    return null;
  }
}

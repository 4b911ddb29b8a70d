import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { must } from "../../config/must.ts";
import { environmentFor } from "./environment.ts";

/**
 * The command line of a running process, its words separated by spaces; null when there is none (a zombie counts as
 * none: it has ended and only waits to be reaped; one whose other threads still run holds its ports and is no zombie yet).
 */
export function commandLine(pid: number): string | null {
  if (!Number.isSafeInteger(pid) || pid <= 1) return null;
  return existsSync("/proc/self/stat") ? fromProc(pid) : fromPs(pid);
}

function fromProc(pid: number): string | null {
  try {
    const state = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ").at(-1)?.[0];
    const threads = readdirSync(`/proc/${pid}/task`).length;
    if (state === "X" || (state === "Z" && threads <= 1)) return null;
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0").join(" ").trim();
  } catch {
    return null;
  }
}

function fromPs(pid: number): string | null {
  try {
    const line = execFileSync("ps", ["-ww", "-o", "stat=,args=", "-p", String(pid)], {
      env: environmentFor(),
      encoding: "utf8",
    }).trim();
    const [state = "", ...words] = line.split(/\s+/);
    return state === "" || state.startsWith("Z") ? null : words.join(" ");
  } catch {
    return null;
  }
}

/** Whether a process runs under this id. */
export function isRunning(pid: number): boolean {
  return commandLine(pid) !== null;
}

/**
 * When a process was started, as an opaque mark: equal for one process, different for another that got the same id later.
 * Null when it doesn't run.
 */
export function startMark(pid: number): string | null {
  if (!isRunning(pid)) return null;
  try {
    if (!existsSync("/proc/self/stat")) {
      return execFileSync("ps", ["-o", "lstart=", "-p", String(pid)], {
        env: environmentFor(),
        encoding: "utf8",
      }).trim();
    }
    const boot = readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
    const afterName = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ").at(-1)?.split(" ");
    return `${boot}/${must(afterName?.[19], "start time")}`;
  } catch {
    return null;
  }
}

/**
 * Signals a process and waits until it is gone; SIGKILL when it isn't after `graceMs`.
 * Whoever calls it has checked that the id is the process it means.
 */
export async function stopProcess(pid: number, signal: NodeJS.Signals, graceMs = 10_000): Promise<void> {
  if (!send(pid, signal)) return;
  if (await gone(pid, graceMs)) return;
  send(pid, "SIGKILL");
  await gone(pid, 5_000);
}

function send(pid: number, signal: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, signal);
  } catch {
    return false;
  }
}

async function gone(pid: number, withinMs: number): Promise<boolean> {
  for (const deadline = Date.now() + withinMs; Date.now() < deadline; await sleep(20)) {
    if (!isRunning(pid)) return true;
  }
  return !isRunning(pid);
}

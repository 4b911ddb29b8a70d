import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { environmentFor } from "../services/environment.ts";
import { commandLine, startMark } from "../services/process.ts";

/** A process, told apart from a later one with the same id. */
export interface Mark {
  pid: number;
  mark: string | null;
}

/** This process's own mark. */
export function ownMark(): Mark {
  return { pid: process.pid, mark: startMark(process.pid) };
}

/** Whether the process still runs. */
export function stillRuns({ pid, mark }: Mark): boolean {
  return mark !== null && startMark(pid) === mark;
}

/**
 * The npm that started this program, if one did. When it is killed, the program is left without a terminal or a supervisor
 * that knows of it, so the program ends too.
 */
export function findLauncher(): Mark | null {
  if (process.env["npm_lifecycle_event"] === undefined) return null;
  let pid = process.ppid;
  for (let steps = 0; pid > 1 && steps < 4; steps++) {
    if (/^(\S*\/)?npm\b|npm-cli\.js/.test(commandLine(pid) ?? "")) return { pid, mark: startMark(pid) };
    pid = parentOf(pid);
  }
  return null;
}

function parentOf(pid: number): number {
  try {
    if (!existsSync("/proc/self/stat"))
      return Number(execFileSync("ps", ["-o", "ppid=", "-p", String(pid)], { env: environmentFor() }));
    return Number(readFileSync(`/proc/${pid}/stat`, "utf8").split(") ").at(-1)?.split(" ")[1] ?? 0);
  } catch {
    return 0;
  }
}

import type { ChildProcess } from "node:child_process";
import { constants, setPriority } from "node:os";

/** Has a program, and what it starts from now on, run only while others leave the processor idle: nothing waits for a build. */
export function runBehindOthers({ pid }: ChildProcess): void {
  if (pid === undefined) return;
  try {
    setPriority(pid, constants.priority.PRIORITY_LOW);
  } catch {
    // It has ended already.
  }
}

import { execFileSync } from "node:child_process";

/** Whether this machine has Python 3, in which guides show code. */
export function hasPython(): boolean {
  try {
    return execFileSync("python3", ["--version"]).toString().startsWith("Python 3");
  } catch {
    return false;
  }
}

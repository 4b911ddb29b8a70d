import { accessSync, constants, existsSync, statSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";

/** Whether the file is there and this process may run it. */
export function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

/**
 * The first of the named programs on PATH, as a full path.
 * @throws Error when there is none.
 */
export function onPath(...names: string[]): string {
  const folders = (process.env["PATH"] ?? "").split(delimiter).filter((folder) => folder !== "");
  for (const name of names) {
    const found = folders.map((folder) => join(folder, name)).find(isExecutable);
    if (found !== undefined) return found;
  }
  throw new Error("not there");
}

/** The folder for programs that are fetched or built once per person and machine: ~/.cache/tocsin. */
export function cacheFolder(): string {
  const base = process.env["XDG_CACHE_HOME"] ?? "";
  return join(base.startsWith("/") && existsSync(base) ? base : join(homedir(), ".cache"), "tocsin");
}

import { readFileSync } from "node:fs";

/** A setting as the environment gives it. */
export interface Setting {
  /** `<name>`, or `<name>_FILE` where that one names a file with the text. */
  variable: string;
  /** Null: the file can't be read. */
  text: string | null;
}

/**
 * Reads a setting from its variable, else from the file that `<name>_FILE` names, as secrets are mounted. Null where
 * neither is set.
 */
export function readSetting(env: NodeJS.ProcessEnv, name: string): Setting | null {
  const text = env[name];
  if (text) return { variable: name, text };
  const variable = `${name}_FILE`;
  const file = env[variable];
  return file ? { variable, text: contentOf(file) } : null;
}

function contentOf(file: string): string | null {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return null;
  }
}

/** A comma-separated list; empty entries are left out. */
export function listOf(value: string | undefined): string[] {
  return (value ?? "")
    .split(",")
    .map((entry) => entry.trim())
    .filter((entry) => entry !== "");
}

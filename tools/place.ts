import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Config } from "../config/env.ts";
import { parseMasterKeys } from "../config/master-keys.ts";
import { embeddedHome, embeddedUrl } from "./embedded.ts";
import { masterKey } from "./start/secrets.ts";

/** A command can't run; the message says what to do. */
export class CannotRun extends Error {}

/**
 * The keys and the database that the environment names, or those of the embedded default.
 * @param act what the command does, as in "rotate while it runs"
 */
export function findPlace(act: string): { keys: Config["masterKeys"]; url: string } {
  const home = embeddedHome();
  const named = process.env["DATABASE_URL"];
  const url = named || embeddedUrl(home);
  if (url === null) {
    throw new CannotRun(
      `Nothing runs on ${home}: set DATABASE_URL, or start Tocsin (npm start) and ${act} while it runs.`,
    );
  }
  const env = { ...process.env };
  if (!named && !env["TOCSIN_MASTER_KEY"] && existsSync(join(home, "master.key")))
    env["TOCSIN_MASTER_KEY"] = masterKey(home);
  const faults: string[] = [];
  const [first, ...others] = parseMasterKeys(env, faults);
  if (faults.length > 0 || first === undefined) throw new CannotRun(faults.join("\n"));
  return { keys: [first, ...others], url };
}

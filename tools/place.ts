import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Config } from "../config/env.ts";
import { openMasterKeys } from "../config/kms/open.ts";
import { parseMasterKeys } from "../config/master-keys.ts";
import { withTls } from "../config/postgres.ts";
import { embeddedHome, embeddedUrl } from "./embedded.ts";
import { masterKey } from "./start/secrets.ts";

/** A command can't run; the message says what to do. */
export class CannotRun extends Error {}

/**
 * The keys and the database that the environment names, or those of the embedded default.
 * @param act what the command does, as in "rotate while it runs"
 */
export async function findPlace(act: string): Promise<{
  keys: Config["masterKeys"];
  url: string;
  /** The tables' owner, where another login than `url`'s is named for it. */
  migrationUrl: string | null;
}> {
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
  const [first, ...others] = parseMasterKeys(await openMasterKeys(env), faults);
  const migration = env["DATABASE_MIGRATION_URL"];
  const migrationUrl = migration ? withTls(migration, "DATABASE_MIGRATION_URL", env, faults) : null;
  const secured = named ? withTls(url, "DATABASE_URL", env, faults) : url;
  if (faults.length > 0 || first === undefined) throw new CannotRun(faults.join("\n"));
  return { keys: [first, ...others], url: secured, migrationUrl };
}

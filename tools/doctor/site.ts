import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Knex } from "knex";
import { z } from "zod";
import { openMasterKeys } from "../../config/kms/open.ts";
import { parseMasterKeys, type MasterKey } from "../../config/master-keys.ts";
import { withTls } from "../../config/postgres.ts";
import { readRedis, type RedisSettings } from "../../config/redis.ts";
import { readTemporalConnection, type TemporalSettings } from "../../config/temporal-settings.ts";
import { openDatabase } from "../../store/db/knex.ts";
import { runtimeUrl } from "../../store/db/prepare.ts";
import { embeddedUrl } from "../embedded.ts";
import { CannotRun } from "../place.ts";
import { namesServices } from "../start/services.ts";

/** The parts of a site, as the environment names them, or the embedded default's while it runs. */
export interface Site {
  /** The folder of the embedded default, of the anchor and of a node's own keys. */
  home: string;
  embedded: boolean;
  /** @throws CannotRun where nothing says where PostgreSQL is */
  database(): string;
  redis(): RedisSettings | null;
  /** @throws CannotRun where nothing says where Temporal is */
  temporal(): TemporalSettings;
  /** @throws CannotRun without a key */
  masterKeys(): Promise<[MasterKey, ...MasterKey[]]>;
}

export function readSite(env: NodeJS.ProcessEnv): Site {
  const home = env["TOCSIN_HOME"] || ".tocsin";
  const embedded = isEmbedded(env);
  return {
    home,
    embedded,
    database: () => {
      const named = env["DATABASE_URL"];
      const url = named ? sound((faults) => withTls(named, "DATABASE_URL", env, faults)) : embeddedUrl(home);
      if (url === null)
        throw new CannotRun(`Nothing runs on ${home}: set DATABASE_URL, or start Tocsin (npm start).`);
      return url;
    },
    redis: () => {
      const url = env["REDIS_URL"];
      return url ? sound((faults) => readRedis(url, env, faults)) : null;
    },
    temporal: () => ({
      address: env["TEMPORAL_ADDRESS"] || embeddedAddress(home),
      namespace: env["TEMPORAL_NAMESPACE"] || "default",
      taskQueue: env["TEMPORAL_TASK_QUEUE"] || "tocsin",
      connection: sound((faults) => readTemporalConnection(env, faults)),
    }),
    masterKeys: async () => {
      const given =
        embedded && !env["TOCSIN_MASTER_KEY"] ? { ...env, TOCSIN_MASTER_KEY: masterKeyIn(home) } : env;
      const opened = await openMasterKeys(given);
      const [first, ...others] = sound((faults) => parseMasterKeys(opened, faults));
      if (first === undefined) throw new CannotRun("TOCSIN_MASTER_KEY is not set.");
      return [first, ...others];
    },
  };
}

/** Looks at the database of a site by the nodes' login. */
export async function onDatabase<T>(site: Site, work: (knex: Knex, url: string) => Promise<T>): Promise<T> {
  const url = await runtimeUrl(site.database(), await site.masterKeys());
  const knex = openDatabase(url, { max: 1, patience: 5_000 });
  try {
    return await work(knex, url);
  } finally {
    await knex.destroy();
  }
}

/** Some named and others not is a fault of the configuration; the named ones are looked at. */
function isEmbedded(env: NodeJS.ProcessEnv): boolean {
  try {
    return !namesServices(env);
  } catch {
    return false;
  }
}

/** @throws CannotRun with everything that is wrong with what was read */
function sound<T>(read: (faults: string[]) => T): T {
  const faults: string[] = [];
  const value = read(faults);
  if (faults.length > 0) throw new CannotRun(faults.join("; "));
  return value;
}

function embeddedAddress(home: string): string {
  try {
    const noted: unknown = JSON.parse(readFileSync(join(home, "temporal.db.pid"), "utf8"));
    return `127.0.0.1:${z.object({ port: z.number() }).parse(noted).port}`;
  } catch (cause) {
    throw new CannotRun(
      `No Temporal server runs over ${home}: set TEMPORAL_ADDRESS, or start Tocsin (npm start).`,
      {
        cause,
      },
    );
  }
}

/** Never makes one: the doctor changes nothing. */
function masterKeyIn(home: string): string {
  const file = join(home, "master.key");
  try {
    return readFileSync(file, "utf8").trim();
  } catch (cause) {
    throw new CannotRun(`${file} can't be read.`, { cause });
  }
}

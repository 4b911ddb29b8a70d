import { randomBytes } from "node:crypto";
import { rmSync } from "node:fs";
import { join } from "node:path";
import type { TestProject } from "vitest/node";
import { toDocument } from "../api/openapi/document.ts";
import type { OpenApi } from "../api/openapi/shape.ts";
import { routes } from "../api/routes.ts";
import { openDatabase } from "../store/db/knex.ts";
import { migrate } from "../store/db/migrate.ts";
import { installTransitions } from "../store/db/transitions.ts";
import { startPostgres } from "../tools/services/postgres.ts";
import { findRedis } from "../tools/services/redis.ts";
import { startTemporal } from "../tools/services/temporal.ts";
import { dropDatabases, makeDatabase, makeTemplate } from "./database-admin.ts";
import { makeRunFolder, noteServices, sweepRunFolders } from "./run-folder.ts";

declare module "vitest" {
  export interface ProvidedContext {
    /** A PostgreSQL login that can make databases and logins; tests use `createDatabase` of testing/database.ts. */
    databaseUrl: string;
    /** A migrated database that `createMigratedDatabase` copies. */
    templateDatabase: string;
    /** host:port; each test takes a task queue of its own. */
    temporalAddress: string;
    redisUrl: string;
    /** The API's description of itself, to which `testing/contract.ts` holds its answers. */
    apiDocument: OpenApi;
    /** Of the services that the run started itself. */
    servicePids?: number[];
    /** Prefix for the names of everything that this run makes on servers that it may share with others. */
    runId: string;
  }
}

interface Service {
  pid?: number;
  stop(): Promise<void>;
}

/**
 * Starts the services that the tests run against, once: PostgreSQL (DATABASE_URL, else embedded), Temporal
 * (TEMPORAL_ADDRESS, else a development server) and Redis, and stops it all after the last test or when one of them
 * doesn't come up.
 */
export default async function setUp(project: TestProject): Promise<() => Promise<void>> {
  sweepRunFolders();
  const folder = makeRunFolder();
  const runId = randomBytes(4).toString("hex");
  const started: Service[] = [];
  const tearDown = async (): Promise<void> => {
    await Promise.allSettled(started.map((service) => service.stop()));
    rmSync(folder, { recursive: true, force: true });
  };
  const keep = <T extends Service>(service: T): T => {
    started.push(service);
    noteServices(
      folder,
      started.flatMap(({ pid }) => pid ?? []),
    );
    return service;
  };
  const results = await Promise.allSettled([
    postgres(folder, runId, keep).then(async (url) => {
      project.provide("databaseUrl", url);
      project.provide("templateDatabase", await migratedTemplate(url, runId));
    }),
    temporal(folder, keep).then((address) => project.provide("temporalAddress", address)),
    findRedis(folder).then((redis) => project.provide("redisUrl", keep(redis).url)),
  ]);
  project.provide("runId", runId);
  project.provide(
    "servicePids",
    started.flatMap(({ pid }) => pid ?? []),
  );
  project.provide("apiDocument", toDocument(routes));
  const failure = results.find((result) => result.status === "rejected");
  if (failure === undefined) return tearDown;
  await tearDown();
  throw failure.reason;
}

type Keep = <T extends Service>(service: T) => T;

async function postgres(folder: string, runId: string, keep: Keep): Promise<string> {
  const given = process.env["DATABASE_URL"];
  if (given) {
    keep({ stop: () => dropDatabases(given, runId) });
    return given;
  }
  const settings = {
    fsync: "off",
    synchronous_commit: "off",
    full_page_writes: "off",
    max_connections: "400",
  };
  return keep(await startPostgres({ dataDir: join(folder, "postgres"), settings })).url;
}

/** Makes the database that the run's migrated ones are copied from; resolves to its name. */
async function migratedTemplate(adminUrl: string, runId: string): Promise<string> {
  const database = await makeDatabase(adminUrl, runId);
  const owner = openDatabase(database.url, { max: 1 });
  try {
    await migrate(owner);
    await installTransitions(owner);
  } finally {
    await owner.destroy();
  }
  await makeTemplate(adminUrl, database);
  return database.name;
}

async function temporal(folder: string, keep: Keep): Promise<string> {
  const given = process.env["TEMPORAL_ADDRESS"];
  if (given) return given;
  const say = (line: string): boolean => process.stdout.write(`${line}\n`);
  return keep(await startTemporal({ dbFile: join(folder, "temporal.db"), say })).address;
}

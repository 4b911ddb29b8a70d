import { randomBytes, randomUUID } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Knex } from "knex";
import { inject } from "vitest";
import { must } from "../config/must.ts";
import { openDatabase } from "../store/db/knex.ts";
import type { Demo } from "../store/demo.ts";
import { createMigratedDatabase } from "./database.ts";
import { readDemo } from "./client.ts";
import { type Program, type StartOptions, startProgram } from "./program.ts";

/** A hospital of its own: database, task queue, home and master key; any number of nodes can be started on it. */
export interface Site {
  env: Record<string, string>;
  home: string;
  /** Owner's URL of the database. */
  databaseUrl: string;
  /** The owner's login, for the factories of testing/nouns.ts. */
  knex: Knex;
  start(options?: StartOptions & { env?: Record<string, string> }): Promise<Program>;
  demo(): Promise<Demo>;
  /** Every line that any of its nodes wrote. */
  lines(): string[];
  /** Stops its nodes, drops its database. */
  close(): Promise<void>;
}

/** Nodes of one site share the run's PostgreSQL, Temporal and Redis; `overrides` puts others in their place. */
export async function createSite(overrides: Record<string, string> = {}): Promise<Site> {
  const database = overrides["DATABASE_URL"] === undefined ? await createMigratedDatabase() : null;
  const databaseUrl = must(overrides["DATABASE_URL"] ?? database?.url, "database");
  const home = await mkdtemp(join(tmpdir(), "tocsin-test-"));
  const env: Record<string, string> = {
    DATABASE_URL: databaseUrl,
    REDIS_URL: inject("redisUrl"),
    TEMPORAL_ADDRESS: inject("temporalAddress"),
    TEMPORAL_TASK_QUEUE: `test-${randomUUID()}`,
    TOCSIN_MASTER_KEY: `k1:${randomBytes(32).toString("base64")}`,
    TOCSIN_SEED_DEMO: "1",
    TOCSIN_HOME: home,
    PORT: "0",
    HOST: "127.0.0.1",
    LOG_LEVEL: "debug",
    ...overrides,
  };
  const knex = openDatabase(databaseUrl, { max: 1 });
  const programs: Program[] = [];
  return {
    env,
    home,
    databaseUrl,
    knex,
    start: async ({ env: more, ...options } = {}) => {
      const program = await startProgram({ ...env, ...more }, options);
      programs.push(program);
      return program;
    },
    demo: () => readDemo(home),
    lines: () => programs.flatMap(({ lines }) => lines),
    close: async () => {
      await knex.destroy();
      await Promise.all(programs.map((program) => program.stop()));
      await database?.drop();
      await rm(home, { recursive: true, force: true });
    },
  };
}

import { setTimeout as delay } from "node:timers/promises";
import type { Knex } from "knex";
import { migrationSource } from "../migrations/index.ts";
import { LOCKS } from "./locks.ts";

/** How often a node asks whether it is its turn to prepare the database; ms. */
const ASK_EVERY = 100;

/**
 * Waits until no other node prepares the database; holds until the connection of `owner` ends. It asks again and again: a session that
 * waits inside PostgreSQL holds a snapshot, and an index that another node builds concurrently would wait for that snapshot for ever.
 */
export async function lockPreparation(owner: Knex): Promise<void> {
  for (;;) {
    const { rows } = await owner.raw("SELECT pg_try_advisory_lock(?) AS mine", [LOCKS.prepare]);
    if (rows[0].mine === true) return;
    await delay(ASK_EVERY);
  }
}

/**
 * Runs the migrations that the database has not had, under the lock of `lockPreparation`. Migrations only add, so a node works on a
 * database that a newer one has migrated: it ignores the migrations that it does not know.
 * @throws PostgreSQL's 55P03 where a table that a migration changes stays in use; trying again is harmless
 */
export async function migrate(
  owner: Knex,
  source: Knex.MigrationSource<string> = migrationSource,
): Promise<void> {
  const migrations = {
    migrationSource: source,
    tableName: "schema_migrations",
    disableMigrationsListValidation: true,
  };
  await owner.raw("SET statement_timeout = 0");
  // Nobody else migrates now, so a lock of Knex's own can only be left from a start that was killed.
  await owner.migrate.forceFreeMigrationsLock(migrations);
  await owner.migrate.latest(migrations);
}

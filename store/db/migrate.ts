import { setTimeout as delay } from "node:timers/promises";
import type { Knex } from "knex";
import { migrationSource } from "../migrations/index.ts";
import { isPostgresError, isUnavailable } from "./knex.ts";
import { LOCKS } from "./locks.ts";
import { refusalOf } from "./refusals.ts";
import { DatabaseSetupError } from "./runtime-login.ts";

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
 * @throws DatabaseSetupError that names the migration which failed; PostgreSQL's 55P03 where a table that a migration changes stays in use; trying again is harmless
 */
export async function migrate(
  owner: Knex,
  source: Knex.MigrationSource<string> = migrationSource,
): Promise<void> {
  const migrations = {
    migrationSource: naming(source),
    tableName: "schema_migrations",
    disableMigrationsListValidation: true,
  };
  await owner.raw("SET statement_timeout = 0");
  // Nobody else migrates now, so a lock of Knex's own can only be left from a start that was killed.
  await owner.migrate.forceFreeMigrationsLock(migrations);
  await owner.migrate.latest(migrations);
}

/** The migrations that the database has not had; all of them where the login may not know. */
export async function pendingMigrations(knex: Knex): Promise<string[]> {
  const known = await migrationSource.getMigrations([]);
  try {
    const { rows } = await knex.raw<{ rows: { name: string }[] }>("SELECT name FROM schema_migrations");
    const done = new Set(rows.map(({ name }) => name));
    return known.filter((name) => !done.has(name));
  } catch (error) {
    if (isPostgresError(error, "42P01") || isPostgresError(error, "42501")) return known;
    throw error;
  }
}

/** The same migrations; one that fails for a reason of its own says its name. */
function naming(source: Knex.MigrationSource<string>): Knex.MigrationSource<string> {
  return {
    ...source,
    getMigration: async (name) => {
      const migration = await source.getMigration(name);
      const up = async (knex: Knex): Promise<void> => {
        try {
          await migration.up(knex);
        } catch (error) {
          if (isUnavailable(error) || refusalOf(error, "") !== null || !(error instanceof Error)) throw error;
          throw new DatabaseSetupError(
            `The migration ${name} failed: ${error.message}. Nodes of the version before go on. Mend the cause and start again; it begins anew.`,
            { cause: error },
          );
        }
      };
      return { ...migration, up };
    },
  };
}

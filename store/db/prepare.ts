import { createHmac } from "node:crypto";
import type { Knex } from "knex";
import type { Config } from "../../config/env.ts";
import { beginEpochAfterRestore } from "../audit/epoch.ts";
import { lockPreparation, migrate, pendingMigrations } from "./migrate.ts";
import { installTransitions, missingTransitions } from "./transitions.ts";
import { isPostgresError, openDatabase, PATIENCE } from "./knex.ts";
import { DatabaseSetupError, refuseUnsafeLogin, strengthOf } from "./runtime-login.ts";

export { DatabaseSetupError };

/**
 * Answers the URL that the program runs with, on a database that this version has prepared: by the owner's login where the
 * configuration holds it, else by `npm run migrate` before. It is `DATABASE_URL`, or, where that is the owner's, the URL of a second
 * login made from it.
 * @throws DatabaseSetupError when the login to run with could get around row-level security, or become the owner, or when nobody has
 *   prepared the database; 55P03 where a table that a migration changes stays in use.
 */
export async function prepareDatabase(config: Pick<Config, "database" | "masterKeys">): Promise<string> {
  const { url, migrationUrl } = config.database;
  if (migrationUrl !== null) return await migrateDatabase(migrationUrl, url);
  if ((await strengthOf(url)) === null) {
    await refuseUnprepared(url);
    await refuseUnsafeLogin(url);
    return url;
  }
  const runtime = secondLogin(url, config.masterKeys[0].key);
  return await migrateDatabase(url, runtime.href, (owner) => makeLogin(owner, runtime));
}

/**
 * Migrates with the owner's login and gives the login to run with its rights.
 * @param make makes that login, where it may be missing
 * @returns the URL to run with
 * @throws as `prepareDatabase`
 */
export async function migrateDatabase(
  ownerUrl: string,
  url: string,
  make: (owner: Knex) => Promise<void> = () => Promise.resolve(),
): Promise<string> {
  const owner = openDatabase(ownerUrl, { max: 1, patience: PATIENCE });
  try {
    await lockPreparation(owner);
    await migrate(owner);
    await installTransitions(owner);
    await beginEpochAfterRestore(owner);
    await make(owner);
    await grant(owner, decodeURIComponent(new URL(url).username));
    await refuseUnsafeLogin(url);
    return url;
  } finally {
    await owner.destroy();
  }
}

/** A plain login can't migrate: somebody has done so before, with the owner's. */
async function refuseUnprepared(url: string): Promise<void> {
  const runtime = openDatabase(url, { max: 1, patience: PATIENCE });
  try {
    const [missing] = [...(await pendingMigrations(runtime)), ...(await missingTransitions(runtime))];
    if (missing === undefined) return;
    throw new DatabaseSetupError(
      `The database is not prepared for this version (${missing} is missing), and the login in DATABASE_URL can't do it. Run ` +
        "npm run migrate with the owner of the tables in DATABASE_MIGRATION_URL, or set that here too, so that each start does.",
    );
  } finally {
    await runtime.destroy();
  }
}

/** The URL to run with, once the database is prepared: the given one, or, where that is an owner's, the second login's. */
export async function runtimeUrl(url: string, masterKeys: Config["masterKeys"]): Promise<string> {
  return (await strengthOf(url)) === null ? url : secondLogin(url, masterKeys[0].key).href;
}

/** The runtime login's URL beside the owner's: `<owner>_app`, with a password that every node derives alike. */
function secondLogin(ownerUrl: string, masterKey: Buffer): URL {
  const runtime = new URL(ownerUrl);
  const secret = runtime.password === "" ? masterKey : decodeURIComponent(runtime.password);
  runtime.password = createHmac("sha256", secret).update("tocsin runtime login").digest("base64url");
  runtime.username = encodeURIComponent(`${decodeURIComponent(runtime.username)}_app`);
  return runtime;
}

async function makeLogin(owner: Knex, runtime: URL): Promise<void> {
  const name = decodeURIComponent(runtime.username);
  const known = await owner.raw("SELECT FROM pg_roles WHERE rolname = ?", [name]);
  const verb =
    known.rowCount > 0
      ? "ALTER ROLE %I LOGIN"
      : "CREATE ROLE %I LOGIN NOSUPERUSER NOBYPASSRLS NOINHERIT NOCREATEDB NOCREATEROLE";
  try {
    await execute(owner, `${verb} PASSWORD %L`, name, runtime.password);
  } catch {
    throw new DatabaseSetupError(
      `The login in DATABASE_URL can't make the second login "${name}" that the program runs with. Give it CREATEROLE, ` +
        "or set DATABASE_MIGRATION_URL to the owner of the tables and DATABASE_URL to a plain login.",
    );
  }
}

/** Gives the login the rights that the program needs, and takes all others: in one transaction, so running nodes miss none. */
async function grant(owner: Knex, login: string): Promise<void> {
  await owner.transaction(async (trx) => {
    for (const statement of GRANTS) await execute(trx, statement, login);
    const { rows }: { rows: { name: string }[] } = await trx.raw(PARTITIONS);
    for (const { name } of rows) await execute(trx, "REVOKE ALL ON %I FROM PUBLIC, %I", name, login);
  });
  const { rows } = await owner.raw("SELECT current_database() AS name");
  await takeIfOwned(owner, "REVOKE TEMPORARY, CREATE ON DATABASE %I FROM PUBLIC, %I", rows[0].name, login);
  await takeIfOwned(owner, "REVOKE CREATE ON SCHEMA %I FROM PUBLIC, %I", "public", login);
  await takeIfOwned(owner, `REVOKE EXECUTE ON FUNCTION ${LARGE_OBJECTS} FROM PUBLIC, %I`, login);
}

/** What makes large objects, which no policy holds. They are a superuser's, so that another owner takes nothing. */
const LARGE_OBJECTS =
  "pg_catalog.lo_creat(integer), pg_catalog.lo_create(oid), pg_catalog.lo_from_bytea(oid, bytea)";

const GRANTS = [
  "REVOKE ALL ON ALL TABLES IN SCHEMA public FROM PUBLIC, %I",
  "REVOKE ALL ON ALL SEQUENCES IN SCHEMA public FROM PUBLIC, %I",
  "GRANT USAGE ON SCHEMA public TO %I",
  "GRANT SELECT, INSERT, UPDATE ON ALL TABLES IN SCHEMA public TO %I",
  "GRANT DELETE ON sessions, realtime_tickets, subject_tokens, memberships, service_keys TO %I",
  "GRANT DELETE ON contact_points, contact_codes, early_reports TO %I",
  "GRANT DELETE ON second_factors, recovery_codes, user_identities, redaction_examples TO %I",
  "GRANT DELETE ON passkeys, used_challenges, account_notices TO %I",
  "GRANT DELETE ON schedule_calendars, calendar_shifts, availability TO %I",
  "GRANT DELETE ON topic_members, scim_people, scim_groups, scim_group_members, scim_memberships TO %I",
  "GRANT DELETE ON push_devices TO %I",
  "GRANT DELETE ON service_events, webhook_deliveries, webhook_secrets, troubles, departures TO %I",
  "GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO %I",
  "REVOKE UPDATE, DELETE ON audit_events, audit_checkpoints, delivery_events FROM %I",
  "REVOKE INSERT, UPDATE ON archives FROM %I",
  "REVOKE ALL ON schema_migrations, schema_migrations_lock FROM %I",
  "GRANT SELECT ON schema_migrations TO %I",
];

/** The login reaches their rows by the name of the whole alone. */
const PARTITIONS =
  "SELECT relname AS name FROM pg_catalog.pg_class WHERE relnamespace = 'public'::regnamespace AND relispartition AND relkind = 'r'";

/** Takes a right away where the owner of the tables may do so; where it may not, the start is refused afterwards. */
async function takeIfOwned(owner: Knex, statement: string, ...values: string[]): Promise<void> {
  try {
    await execute(owner, statement, ...values);
  } catch (error) {
    if (!isPostgresError(error, "42501")) throw error;
  }
}

/** Runs a utility statement, which takes no parameters: PostgreSQL itself quotes them in (`%I` names, `%L` literals). */
async function execute(owner: Knex, statement: string, ...values: string[]): Promise<void> {
  const holes = values.map(() => "?::text").join(", ");
  const { rows } = await owner.raw(`SELECT format(?::text, ${holes}) AS sql`, [statement, ...values]);
  await owner.raw(rows[0].sql);
}

import { createHmac } from "node:crypto";
import type { Knex } from "knex";
import type { Config } from "../../config/env.ts";
import { beginEpochAfterRestore } from "../audit/epoch.ts";
import { LOCKS } from "./locks.ts";
import { openDatabase } from "./knex.ts";
import { migrationSource } from "../migrations/index.ts";

/** The database can't be used as configured; the message says what to do. */
export class DatabaseSetupError extends Error {}

/**
 * Migrates with the owner's login and answers the URL that the program runs with: `DATABASE_URL`, or, where only an
 * owner's URL is given, that of a second login made from it.
 * @throws DatabaseSetupError when the login to run with could get around row-level security.
 */
export async function prepareDatabase(config: Config): Promise<string> {
  const { url, migrationUrl } = config.database;
  const owner = openDatabase(migrationUrl ?? url, { max: 1 });
  try {
    const runtime = migrationUrl === null ? secondLogin(url, config.masterKeys[0].key) : new URL(url);
    await owner.raw("SET statement_timeout = 0");
    await owner.raw("SELECT pg_advisory_lock(?)", [LOCKS.prepare]);
    await owner.migrate.latest({ migrationSource, tableName: "schema_migrations" });
    await beginEpochAfterRestore(owner);
    if (migrationUrl === null) await makeLogin(owner, runtime);
    await grant(owner, decodeURIComponent(runtime.username));
    await refuseStrongLogin(runtime.href);
    return runtime.href;
  } finally {
    await owner.destroy();
  }
}

/** The URL to run with of a database that is prepared: the given one, or, where that is an owner's, the second login's. */
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

async function grant(owner: Knex, login: string): Promise<void> {
  for (const statement of [
    "GRANT USAGE ON SCHEMA public TO %I",
    "GRANT SELECT, INSERT, UPDATE ON ALL TABLES IN SCHEMA public TO %I",
    "GRANT DELETE ON sessions, realtime_tickets, memberships, service_keys TO %I",
    "GRANT DELETE ON contact_points, contact_codes, early_reports TO %I",
    "GRANT DELETE ON second_factors, recovery_codes, user_identities TO %I",
    "GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO %I",
    "REVOKE UPDATE, DELETE ON audit_events, audit_checkpoints FROM %I",
    "REVOKE ALL ON schema_migrations, schema_migrations_lock FROM %I",
  ]) {
    await execute(owner, statement, login);
  }
}

/** Runs a utility statement, which takes no parameters: PostgreSQL itself quotes them in (`%I` names, `%L` literals). */
async function execute(owner: Knex, statement: string, ...values: string[]): Promise<void> {
  const holes = values.map(() => "?::text").join(", ");
  const { rows } = await owner.raw(`SELECT format(?::text, ${holes}) AS sql`, [statement, ...values]);
  await owner.raw(rows[0].sql);
}

/** A superuser, a login that bypasses row security and an owner of the tables all see past the wall between territories. */
async function refuseStrongLogin(url: string): Promise<void> {
  const strength = await strengthOf(url);
  if (strength === null) return;
  throw new DatabaseSetupError(
    `The login in DATABASE_URL ${strength}, so row-level security would not hold. Use one made with ` +
      "CREATE ROLE … LOGIN NOSUPERUSER NOBYPASSRLS, and put the owner's URL into DATABASE_MIGRATION_URL.",
  );
}

/** What makes a login stronger than one to run with; null when nothing does. */
async function strengthOf(url: string): Promise<string | null> {
  const runtime = openDatabase(url, { max: 1 });
  try {
    const { rows } = await runtime.raw(`
      SELECT rolsuper AS superuser, rolbypassrls AS bypass, EXISTS (
        SELECT FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND pg_has_role(current_user, relowner, 'MEMBER')
      ) AS owner FROM pg_roles WHERE rolname = current_user`);
    const { superuser, bypass, owner } = rows[0];
    return superuser ? "is a superuser" : bypass ? "has BYPASSRLS" : owner ? "owns the tables" : null;
  } finally {
    await runtime.destroy();
  }
}

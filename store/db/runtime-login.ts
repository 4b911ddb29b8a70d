import type { Knex } from "knex";
import { isPostgresError, openDatabase, PATIENCE } from "./knex.ts";

/** The database can't be used as configured; the message names the remedy. */
export class DatabaseSetupError extends Error {}

/**
 * Refuses a login to run with that could get around row-level security, or become the owner of the tables.
 * @throws DatabaseSetupError
 */
export async function refuseUnsafeLogin(url: string): Promise<void> {
  const runtime = openDatabase(url, { max: 1, patience: PATIENCE });
  try {
    const strength = await strengthIn(runtime);
    if (strength !== null) {
      throw new DatabaseSetupError(
        `The login in DATABASE_URL ${strength}, so row-level security would not hold. Use one made with ` +
          "CREATE ROLE … LOGIN NOSUPERUSER NOBYPASSRLS, and put the owner's URL into DATABASE_MIGRATION_URL.",
      );
    }
    for (const check of [refuseObjects, refuseLooseFunctions, refuseSilencing, refuseRightsOnRecord])
      await check(runtime);
  } finally {
    await runtime.destroy();
  }
}

/** The reason why a login is too strong to run with; null where it is not. */
export async function strengthOf(url: string): Promise<string | null> {
  const login = openDatabase(url, { max: 1, patience: PATIENCE });
  try {
    return await strengthIn(login);
  } finally {
    await login.destroy();
  }
}

/** Looks at the login itself and at every role that it may act as. */
async function strengthIn(login: Knex): Promise<string | null> {
  const { rows } = await login.raw(`
    WITH mine AS (SELECT * FROM pg_catalog.pg_roles WHERE pg_has_role(current_user, oid, 'MEMBER'))
    SELECT bool_or(rolsuper) AS superuser, bool_or(rolbypassrls) AS bypass, bool_or(rolcreaterole) AS createrole,
      bool_or(rolreplication) AS replication,
      bool_or(rolname IN ('pg_read_server_files', 'pg_write_server_files', 'pg_execute_server_program')) AS files,
      EXISTS (SELECT FROM pg_catalog.pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')
        AND relowner IN (SELECT oid FROM mine)) AS owner,
      EXISTS (SELECT FROM pg_catalog.pg_database WHERE datname = current_database()
        AND datdba IN (SELECT oid FROM mine)) AS database_owner
    FROM mine`);
  const { superuser, bypass, owner, database_owner: databaseOwner, createrole, replication, files } = rows[0];
  if (superuser) return "is a superuser";
  if (bypass) return "has BYPASSRLS";
  if (owner) return "owns the tables";
  if (databaseOwner) return "owns the database";
  if (createrole) return "has CREATEROLE";
  if (replication) return "has REPLICATION";
  return files ? "may use files or programs of the server" : null;
}

/** A login that may make objects can put one in the place of a table that a function of the owner's reads. */
async function refuseObjects(runtime: Knex): Promise<void> {
  const { rows } = await runtime.raw(`
    SELECT kind, format('%s %I', kind, place.name) AS place, owner,
      string_agg(DISTINCT privilege_type, ', ') AS rights,
      string_agg(DISTINCT CASE WHEN grantee = 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(grantee)) END, ', ') AS holders
    FROM (
      SELECT 'DATABASE' AS kind, datname AS name, datdba AS owner_id, coalesce(datacl, acldefault('d', datdba)) AS acl
      FROM pg_catalog.pg_database WHERE datname = current_database()
      UNION ALL
      SELECT 'SCHEMA', nspname, nspowner, coalesce(nspacl, acldefault('n', nspowner))
      FROM pg_catalog.pg_namespace WHERE nspname !~ '^pg_' AND nspname <> 'information_schema'
    ) AS place CROSS JOIN LATERAL aclexplode(acl)
      CROSS JOIN LATERAL (SELECT pg_get_userbyid(owner_id) AS owner) AS owners
    WHERE privilege_type IN ('TEMPORARY', 'CREATE') AND (grantee = 0 OR pg_has_role(current_user, grantee, 'MEMBER'))
    GROUP BY kind, place.name, owner ORDER BY kind, place.name LIMIT 1`);
  const [found] = rows;
  if (found === undefined) return;
  throw new DatabaseSetupError(
    `The login in DATABASE_URL may make objects in ${found.place} (${found.rights}), with which it could run code as the owner ` +
      `of the tables, and the owner's login can't take that away. Let "${found.owner}" or a superuser run: ` +
      `REVOKE ${found.rights} ON ${found.place} FROM ${found.holders};`,
  );
}

/**
 * A function that runs as its owner must look names up along a path of its own, in which pg_temp comes last; so must a trigger's, which
 * runs as the owner of a table where a foreign key or another function of the owner's changes it.
 */
async function refuseLooseFunctions(runtime: Knex): Promise<void> {
  const { rows } = await runtime.raw(`
    SELECT string_agg(format('ALTER FUNCTION %I.%I(%s) SET search_path = pg_catalog, public, pg_temp;', nspname, proname,
      pg_get_function_identity_arguments(pg_proc.oid)), ' ' ORDER BY nspname, proname) AS repair
    FROM pg_catalog.pg_proc JOIN pg_catalog.pg_namespace ON pg_namespace.oid = pronamespace
    WHERE (prosecdef OR pg_proc.oid IN (SELECT tgfoid FROM pg_catalog.pg_trigger))
      AND nspname NOT IN ('pg_catalog', 'information_schema')
      AND NOT EXISTS (SELECT FROM unnest(proconfig) AS setting WHERE setting ~ '^search_path=.*, *pg_temp$')`);
  if (rows[0].repair === null) return;
  throw new DatabaseSetupError(
    "A function of the database runs as its owner, or as a table's, but finds tables along the caller's search_path, so the caller could " +
      `have other code run as the owner. Find out who made it so, then let the owner run: ${rows[0].repair}`,
  );
}

/** Triggers hold what no policy can say: who sets a password, to whom a role is owed, that an original stays as it was. */
async function refuseSilencing(runtime: Knex): Promise<void> {
  try {
    await runtime.raw("BEGIN; SET LOCAL session_replication_role = replica; ROLLBACK");
  } catch (error) {
    if (!isPostgresError(error, "42501")) throw error;
    await runtime.raw("ROLLBACK");
    return;
  }
  throw new DatabaseSetupError(
    "The login in DATABASE_URL may switch off the triggers of tables. Let a superuser run: REVOKE SET ON PARAMETER " +
      "session_replication_role FROM that login, or from the role by which it may.",
  );
}

/** The record is appended to and read; nothing else is granted to the login or to a role that it may act as. */
async function refuseRightsOnRecord(runtime: Knex): Promise<void> {
  const { rows } = await runtime.raw(`
    SELECT rolname FROM pg_catalog.pg_roles
    WHERE pg_has_role(current_user, oid, 'MEMBER') AND EXISTS (
      SELECT FROM unnest(ARRAY['public.audit_events', 'public.audit_checkpoints']) AS name
      WHERE has_table_privilege(pg_roles.oid, name, 'UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER'))`);
  const [found] = rows;
  if (found === undefined) return;
  throw new DatabaseSetupError(
    `The login in DATABASE_URL may act as "${found.rolname}", which may change the audit record. Take that role, or its rights on ` +
      "audit_events and audit_checkpoints, away from it.",
  );
}

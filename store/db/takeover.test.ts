import { afterEach, beforeEach, describe, expect, inject, it } from "vitest";
import { connected } from "../../testing/database-admin.ts";
import { createHospital, type Hospital } from "../../testing/hospital.ts";
import { record } from "../audit/record.ts";
import { must } from "../../config/must.ts";
import { actAs, openDatabase } from "./knex.ts";
import { DatabaseSetupError, prepareDatabase } from "./prepare.ts";

let hospital: Hospital;
let runtime: string;
beforeEach(async () => {
  hospital = await createHospital();
  runtime = await prepareDatabase(hospital.config);
  await actAs(hospital.knex, "user:north-1", (trx) =>
    record(trx, "user:north-1", { action: "notification.reveal", outcome: "ok", objectId: "read" }),
  );
});
afterEach(() => hospital.close());

const reveals = async (): Promise<number> =>
  (await hospital.asOwner("SELECT FROM audit_events WHERE action = 'notification.reveal'")).length;

/** Runs statements as the program's own login, one after the other on one connection. */
const asRuntime = (...statements: string[]): Promise<void> =>
  connected(runtime, async (client) => {
    for (const statement of statements) await client.query(statement);
  });

async function asSuperuser(sql: string): Promise<void> {
  const url = new URL(inject("databaseUrl"));
  url.pathname = hospital.database;
  await connected(url.href, (client) => client.query(sql));
}

/**
 * A function that runs as the tables' owner reads `memberships`. A login that can put a view of that name in front of the table
 * has its own code run as the owner: here it switches the record's triggers off and deletes a reveal.
 */
const TAKE_OVER = [
  `CREATE FUNCTION pg_temp.take() RETURNS text LANGUAGE plpgsql AS $$ BEGIN
     ALTER TABLE public.audit_events DISABLE TRIGGER ALL;
     ALTER TABLE public.audit_events NO FORCE ROW LEVEL SECURITY;
     DELETE FROM public.audit_events WHERE action = 'notification.reveal';
     ALTER TABLE public.audit_events FORCE ROW LEVEL SECURITY;
     ALTER TABLE public.audit_events ENABLE TRIGGER ALL;
     RETURN 'taken';
   END $$`,
  "CREATE TEMPORARY VIEW memberships AS SELECT 'x'::text AS user_id, pg_temp.take() AS territory_id, 'auditor' AS role",
  "GRANT SELECT ON memberships TO PUBLIC",
  "SELECT set_config('app.actor', 'user:x', false)",
  "SELECT public.my_territories()",
];

/** As `my_territories` was made before migration 0009. */
const AS_IT_WAS = `CREATE OR REPLACE FUNCTION public.my_territories() RETURNS text[]
  LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = "$user", public AS $$ BEGIN
    RETURN (SELECT array_agg(territory_id) FROM memberships WHERE user_id = actor_id());
  END $$`;
const LOOSE = 'ALTER FUNCTION public.my_territories() SET search_path = "$user", public';
/** It runs as the owner of the tables where a foreign key deletes a row. */
const TRIGGER =
  "CREATE FUNCTION public.look() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM FROM sends; RETURN NULL; END'; " +
  "CREATE TRIGGER look AFTER DELETE ON memberships FOR EACH ROW EXECUTE FUNCTION look()";
const OWNER_ALONE =
  "CREATE FUNCTION public.read() RETURNS bigint LANGUAGE sql SECURITY DEFINER AS 'SELECT count(*) FROM public.sends'";

describe("the program's login", () => {
  it("could have code run as the owner, if it might make objects and a function found them", async () => {
    await asSuperuser(`GRANT TEMPORARY ON DATABASE ${hospital.database} TO PUBLIC; ${AS_IT_WAS}`);
    await asRuntime(...TAKE_OVER);
    expect(await reveals()).toBe(0);
  });

  it("can make no objects, and the functions that run as the owner would not find them", async () => {
    await expect(asRuntime(...TAKE_OVER)).rejects.toMatchObject({ code: "42501" });
    await asSuperuser(`GRANT TEMPORARY ON DATABASE ${hospital.database} TO PUBLIC`);
    await asRuntime(...TAKE_OVER);
    expect(await reveals()).toBe(1);
  });

  it("calls no function that looks names up along the caller's path", async () => {
    const loose = await hospital.asOwner(
      `SELECT oid::regprocedure FROM pg_proc WHERE pronamespace = 'public'::regnamespace AND prosqlbody IS NULL
         AND 'search_path=pg_catalog, public, pg_temp' <> ALL (coalesce(proconfig, '{}'))`,
    );
    expect(loose).toEqual([]);
  });

  it("finds the program's own tables, whatever path its owner sets for it", async () => {
    await asSuperuser(`ALTER DATABASE ${hospital.database} SET search_path = elsewhere, pg_catalog`);
    const knex = openDatabase(runtime, { max: 1 });
    const { rows } = await knex.raw("SHOW search_path");
    expect(rows).toEqual([{ search_path: "public,pg_temp" }]);
    await knex.destroy();
  });
});

describe("every start", () => {
  const start = (): Promise<string> => prepareDatabase(hospital.config);

  it("takes from everybody the rights to make objects, and from its own login every right that it does not need", async () => {
    const login = new URL(runtime).username;
    await asSuperuser(
      `GRANT TEMPORARY, CREATE ON DATABASE ${hospital.database} TO PUBLIC, ${login}; GRANT CREATE ON SCHEMA public TO PUBLIC;
       GRANT ALL ON notifications, audit_events TO PUBLIC, ${login}`,
    );
    await start();
    await expect(asRuntime("CREATE TEMPORARY TABLE mine ()")).rejects.toMatchObject({ code: "42501" });
    await expect(asRuntime("CREATE TABLE public.mine ()")).rejects.toMatchObject({ code: "42501" });
    await expect(asRuntime("CREATE SCHEMA mine")).rejects.toMatchObject({ code: "42501" });
    const rights = await hospital.asOwner(
      `SELECT has_table_privilege($1, 'notifications', 'DELETE, TRUNCATE, REFERENCES, TRIGGER') AS more,
         has_table_privilege($1, 'notifications', 'SELECT') AND has_table_privilege($1, 'audit_events', 'INSERT') AS enough`,
      login,
    );
    expect(rights).toEqual([{ more: false, enough: true }]);
  });

  it.each([
    ["TEMPORARY", "DATABASE", "is the database's"],
    ["CREATE", "SCHEMA", "PostgreSQL 14's default"],
  ])("is refused where everybody has %s on the %s and its owner can't take it (%s)", async (right, kind) => {
    const name = kind === "DATABASE" ? hospital.database : "public";
    await asSuperuser(
      `ALTER DATABASE ${hospital.database} OWNER TO current_user; GRANT ${right} ON ${kind} ${name} TO PUBLIC`,
    );
    const refusal: unknown = await start().catch((error: unknown) => error);
    if (!(refusal instanceof DatabaseSetupError)) throw new Error("it started", { cause: refusal });
    const repair = /run: (REVOKE .*;)$/.exec(refusal.message)?.[1];
    expect(repair).toBe(`REVOKE ${right} ON ${kind} ${name} FROM PUBLIC;`);
    await asSuperuser(must(repair, "repair"));
    await start();
  });

  it.each([
    ["an own function with another path", LOOSE, "public.my_territories()"],
    ["a function that somebody added", OWNER_ALONE, "public.read()"],
    ["a trigger's function that somebody added", TRIGGER, "public.look()"],
  ])("is refused with %s, and says how to repair it", async (_name, statement, name) => {
    await asSuperuser(statement);
    const repair = `ALTER FUNCTION ${name} SET search_path = pg_catalog, public, pg_temp;`;
    await expect(start()).rejects.toThrow(`let the owner run: ${repair}`);
    await asSuperuser(repair);
    await start();
  });

  it("is refused where its login may switch triggers off", async () => {
    const login = new URL(runtime).username;
    await asSuperuser(`GRANT SET ON PARAMETER session_replication_role TO ${login}`);
    await expect(start()).rejects.toThrow(/may switch off the triggers/);
    await asSuperuser(`REVOKE SET ON PARAMETER session_replication_role FROM ${login}`);
    await start();
  });

  it("is refused where its login may act as a role that can change the record", async () => {
    await asSuperuser(`GRANT pg_write_all_data TO ${new URL(runtime).username}`);
    await expect(start()).rejects.toThrow(
      /may act as "pg_write_all_data", which may change the audit record/,
    );
  });
});

import { createHash, randomBytes } from "node:crypto";
import type { Knex } from "knex";
import { createPersist } from "../activities/arrival/persist.ts";
import { createAccept } from "../api/notifications/accept.ts";
import { SendBody } from "../api/notifications/schema.ts";
import type { Lane } from "../channels/contract.ts";
import { type Config, parseEnv } from "../config/env.ts";
import { createDatabase } from "./database.ts";
import { connected } from "./database-admin.ts";
import { actAs, openDatabase } from "../store/db/knex.ts";
import { prepareDatabase } from "../store/db/prepare.ts";
import { createVault } from "../store/crypto/vault.ts";
import { loadInstallationKey } from "../store/crypto/secrets.ts";

/** A node's configuration on a database, for tests that start no node. */
export const configFor = (databaseUrl: string, migrationUrl?: string): Config =>
  parseEnv({
    DATABASE_URL: databaseUrl,
    DATABASE_MIGRATION_URL: migrationUrl,
    TEMPORAL_ADDRESS: "127.0.0.1:1",
    TOCSIN_EMBEDDED: "1",
    TOCSIN_MASTER_KEY: `k1:${randomBytes(32).toString("base64")}`,
  });

/** People of two territories: north has two clinicians and a supervisor, south one of each. */
const PEOPLE = [
  { id: "north-1", territory: "north", role: "clinician" },
  { id: "north-2", territory: "north", role: "clinician" },
  { id: "north-boss", territory: "north", role: "supervisor" },
  { id: "south-1", territory: "south", role: "clinician" },
  { id: "south-boss", territory: "south", role: "supervisor" },
  { id: "admin", territory: null, role: "admin" },
  { id: "auditor", territory: null, role: "auditor" },
] as const;

/** A migrated database with people and services of two territories, and what the program's own login can reach of it. */
export interface Hospital {
  knex: Knex;
  /** Of a node on it. */
  config: Config;
  /** The database's name. */
  database: string;
  /** The service of each territory. */
  services: { north: string; south: string };
  /** Takes a send in as the territory's service. */
  accept(userId: string, body?: Partial<SendBody>, lane?: Lane): Promise<string>;
  /** Takes a send in and persists it. */
  notify(userId: string, body?: Partial<SendBody>): Promise<string>;
  persist(id: string): Promise<unknown>;
  /** What a table really holds, row-level security lifted; answers the rows. */
  asOwner(sql: string, ...values: unknown[]): Promise<Record<string, unknown>[]>;
  close(): Promise<void>;
}

export async function createHospital({ max = 4 }: { max?: number } = {}): Promise<Hospital> {
  const database = await createDatabase();
  const config = configFor(database.url);
  const knex = openDatabase(await prepareDatabase(config), { max });
  const vault = createVault(config.masterKeys);
  const services = await populate(knex);
  const accept = createAccept({ knex, vault, secrets: await loadInstallationKey(knex, vault) });
  const persist = createPersist({
    knex,
    vault,
    recognizers: [],
    channels: { names: () => ["websocket"] },
    bridge: { publish: () => Promise.resolve(0) },
    onStep: () => undefined,
  });
  const hospital: Hospital = {
    knex,
    config,
    database: new URL(database.url).pathname.slice(1),
    services,
    accept: async (user_id, body = {}, lane = "ordinary") => {
      const territory_id = user_id.startsWith("north") ? "north" : "south";
      const service = {
        serviceId: services[territory_id],
        keyId: territory_id,
        territories: new Set([territory_id]),
      };
      const send = {
        ...SendBody.parse({ user_id, territory_id, message: "Potassium 6.8" }),
        ...body,
        role: null,
        lane,
      };
      return (await accept(service, send, send, undefined)).id;
    },
    notify: async (userId, body) => {
      const id = await hospital.accept(userId, body);
      await persist(id);
      return id;
    },
    persist,
    asOwner: (sql, ...values) => withoutWalls(database.url, sql, values),
    close: async () => {
      await knex.destroy();
      await database.drop();
    },
  };
  return hospital;
}

async function populate(knex: Knex): Promise<Hospital["services"]> {
  return await actAs(knex, "setup", async (trx) => {
    await trx("territories").insert([
      { id: "north", name: "North" },
      { id: "south", name: "South" },
    ]);
    for (const { id, territory, role } of PEOPLE) {
      await trx("users").insert({ id, name: id, email: `${id}@tocsin.example` });
      await trx("inboxes").insert({ user_id: id });
      await trx("memberships").insert({ user_id: id, territory_id: territory, role });
    }
    const ids: string[] = [];
    for (const territory of ["north", "south"]) {
      const [service] = await trx("services").insert({ name: territory }).returning("id");
      const secret_hash = createHash("sha256").update(territory).digest();
      await trx("service_keys").insert({
        id: territory,
        service_id: service.id,
        secret_hash,
        territory_ids: [territory],
      });
      ids.push(service.id);
    }
    return { north: ids[0] ?? "", south: ids[1] ?? "" };
  });
}

/** Runs a statement as the tables' owner in a transaction that lifts row-level security and is undone. */
async function withoutWalls(url: string, sql: string, values: unknown[]): Promise<Record<string, unknown>[]> {
  return await connected(url, async (owner) => {
    await owner.query("BEGIN");
    const tables = await owner.query<{ name: string }>(
      "SELECT quote_ident(relname) AS name FROM pg_class WHERE relkind = 'r' AND relforcerowsecurity",
    );
    for (const { name } of tables.rows) await owner.query(`ALTER TABLE ${name} NO FORCE ROW LEVEL SECURITY`);
    const { rows } = await owner.query<Record<string, unknown>>(sql, values);
    await owner.query("ROLLBACK");
    return rows;
  });
}

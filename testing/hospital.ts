import { randomBytes } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import type { Knex } from "knex";
import pg from "pg";
import { createBroadcastPage } from "../activities/arrival/broadcast.ts";
import { createLocalBridge } from "../channels/websocket/local-bridge.ts";
import { createPersist } from "../activities/arrival/persist.ts";
import { createEscalate } from "../activities/escalate.ts";
import { createLog } from "../config/log.ts";
import type { Work } from "../store/transitions/arrive.ts";
import { createAccept } from "../api/notifications/accept.ts";
import { SendBody } from "../api/notifications/schema.ts";
import { type Lane, laneOf, type Priority } from "../channels/contract.ts";
import { type Config, parseEnv } from "../config/env.ts";
import { createRedactor } from "../redaction/threads/redactor.ts";
import { actAs } from "../store/db/knex.ts";
import { createMigratedDatabase } from "./database.ts";
import { connected } from "./database-admin.ts";
import { aPerson, aSend, aService, aTerritory, type TestService } from "./nouns.ts";
import { openDatabase } from "../store/db/knex.ts";
import { prepareDatabase } from "../store/db/prepare.ts";
import { createVault } from "../store/crypto/vault.ts";
import { loadInstallationKey } from "../store/crypto/secrets.ts";

/** The environment of a node on a database, for tests that start no process. */
export const envFor = (databaseUrl: string, migrationUrl?: string): NodeJS.ProcessEnv => ({
  DATABASE_URL: databaseUrl,
  DATABASE_MIGRATION_URL: migrationUrl,
  TEMPORAL_ADDRESS: "127.0.0.1:1",
  TOCSIN_EMBEDDED: "1",
  TOCSIN_MASTER_KEY: `k1:${randomBytes(32).toString("base64")}`,
});

/** A node's configuration on a database, for tests that start no process. */
export const configFor = (databaseUrl: string, migrationUrl?: string): Config =>
  parseEnv(envFor(databaseUrl, migrationUrl));

/**
 * A migrated database with people and services of two territories: north has two clinicians and a supervisor, south one of
 * each. Factories of testing/nouns.ts put more there.
 */
export interface Hospital {
  /** The program's own login. */
  knex: Knex;
  /** Of a node on it. */
  env: NodeJS.ProcessEnv;
  config: Config;
  /** The database's name. */
  database: string;
  people: Awaited<ReturnType<typeof populate>>["people"];
  /** The service of each territory. */
  services: Record<"north" | "south", TestService>;
  /** Takes a send in, as the service of its territory, or else of the one that its person's id begins with, unless another is given. */
  accept(userId: string, body?: Partial<SendBody>, lane?: Lane, service?: TestService): Promise<string>;
  /** Takes a send in and persists it. */
  notify(userId: string, body?: Partial<SendBody>): Promise<string>;
  /** Takes a send in and persists it after its time. */
  notifyLate(userId: string): Promise<string>;
  persist(id: string): Promise<unknown>;
  /** Takes in a broadcast as the territory's service. */
  broadcast(body: {
    territory_id: "north" | "south";
    role?: "clinician" | "supervisor";
    priority?: Priority;
    /** What else it says. */
    more?: Partial<SendBody>;
  }): Promise<string>;
  /** Writes the first page of a broadcast. */
  page(broadcastId: string): Promise<unknown>;
  /** Takes the steps of an alert that are due. */
  escalate(id: string): Promise<Work>;
  /** Makes the next step of an alert due, and takes it. */
  takeStep(id: string): Promise<Work>;
  /**
   * A connection of the tables' owner, past row-level security on `tables` from now on. Unlike `asOwner` it takes no lock
   * that a running server would have to wait for, and its changes stay. It ends with the hospital.
   */
  owner(...tables: string[]): Promise<pg.Client>;
  /** Reads past row-level security, which is lifted for the moment; answers the rows. */
  asOwner(sql: string, ...values: unknown[]): Promise<Record<string, unknown>[]>;
  close(): Promise<void>;
}

export async function createHospital({
  max = 10,
  channels = ["websocket"],
}: { max?: number; channels?: string[] } = {}): Promise<Hospital> {
  const database = await createMigratedDatabase();
  const env = envFor(database.url);
  const config = parseEnv(env);
  const knex = openDatabase(await prepareDatabase(config), { max });
  const vault = createVault(config.masterKeys);
  const { people, services } = await populate(knex);
  const secrets = await loadInstallationKey(knex, vault);
  const { accept } = createAccept({ knex, reserve: knex, vault, secrets });
  // A busy machine gets the time that it needs.
  const redactor = createRedactor({ threads: 1, limits: { ms: 60_000 } });
  const persist = createPersist({
    knex,
    vault,
    secrets,
    redactor,
    log: createLog("silent"),
    channels: { names: () => channels },
    bridge: createLocalBridge(),
    onSettled: () => undefined,
    onWork: () => undefined,
  });
  const page = createBroadcastPage({
    knex,
    vault,
    secrets,
    redactor,
    log: createLog("silent"),
    channels: { names: () => channels },
    bridge: createLocalBridge(),
  });
  const escalate = createEscalate({
    knex,
    channels: { names: () => channels, get: () => undefined },
    bridge: { publish: () => Promise.resolve(0) },
    log: createLog("silent"),
  });
  const owners: pg.Client[] = [];
  const hospital: Hospital = {
    knex,
    env,
    config,
    database: new URL(database.url).pathname.slice(1),
    people,
    services,
    accept: async (user_id, body = {}, lane = "ordinary", by) => {
      const territory_id = (body.territory_id ?? user_id).startsWith("north") ? "north" : "south";
      const { id: serviceId, keyId } = by ?? services[territory_id];
      const send = {
        ...SendBody.parse(aSend({ user_id, territory_id })),
        ...body,
        user_id: body.user_id ?? user_id,
        ...TO_NOBODY_ELSE,
        lane,
      };
      const service = { serviceId, keyId, territories: new Set([territory_id]) };
      return (await accept(service, send, send, undefined)).id;
    },
    notify: async (userId, body) => {
      const id = await hospital.accept(userId, body);
      await persist(id);
      return id;
    },
    notifyLate: async (userId) => {
      const expires_at = new Date(Date.now() + 1_000);
      const id = await hospital.accept(userId, { expires_at });
      await delay(expires_at.getTime() - Date.now() + 1);
      await persist(id);
      return id;
    },
    persist,
    broadcast: async ({ territory_id, role = null, priority = "normal", more = {} }) => {
      const { id: serviceId, keyId } = services[territory_id];
      const send = {
        ...SendBody.parse(aSend({ user_id: "everybody", territory_id, priority })),
        ...more,
        user_id: null,
        ...TO_NOBODY_ELSE,
        role,
        isBroadcast: true,
        lane: laneOf(priority, "bulk"),
      };
      const service = { serviceId, keyId, territories: new Set([territory_id]) };
      return (await accept(service, send, send, undefined)).id;
    },
    page: (broadcastId) => page(broadcastId, ""),
    escalate,
    takeStep: async (id) => {
      await actAs(knex, `worker:${id}`, (trx) =>
        trx("notifications").where({ id }).update({ next_step_at: new Date() }),
      );
      return await escalate(id);
    },
    owner: async (...tables) => {
      const owner = new pg.Client({ connectionString: database.url });
      owners.push(owner);
      await owner.connect();
      for (const table of tables) await owner.query(`ALTER TABLE ${table} NO FORCE ROW LEVEL SECURITY`);
      return owner;
    },
    asOwner: (sql, ...values) => withoutWalls(database.url, sql, values),
    close: async () => {
      await Promise.all(owners.map((owner) => owner.end()));
      await redactor.stop();
      await knex.destroy();
      await database.drop();
    },
  };
  return hospital;
}

/** A send that names neither a role nor a topic. */
const TO_NOBODY_ELSE = { role: null, onCallRole: null, topic: null, isBroadcast: false };

async function populate(knex: Knex) {
  const at = { knex };
  const north = await aTerritory(at, "north");
  const south = await aTerritory(at, "south");
  const people = {
    north1: await aPerson(at, { id: "north-1", territory: north }),
    north2: await aPerson(at, { id: "north-2", territory: north }),
    northBoss: await aPerson(at, { id: "north-boss", territory: north, role: "supervisor" }),
    south1: await aPerson(at, { id: "south-1", territory: south }),
    southBoss: await aPerson(at, { id: "south-boss", territory: south, role: "supervisor" }),
    admin: await aPerson(at, { id: "admin", role: "admin" }),
    auditor: await aPerson(at, { id: "auditor", role: "auditor" }),
  };
  const services = {
    north: await aService(at, { name: "north", territories: [north] }),
    south: await aService(at, { name: "south", territories: [south] }),
  };
  return { people, services };
}

/** Runs a statement as the tables' owner in a transaction that lifts row-level security and is undone. */
async function withoutWalls(url: string, sql: string, values: unknown[]): Promise<Record<string, unknown>[]> {
  return await connected(url, async (owner) => {
    await owner.query("BEGIN");
    const tables = await owner.query<{ name: string }>(
      "SELECT quote_ident(relname) AS name FROM pg_class WHERE relkind IN ('r', 'p') AND relforcerowsecurity",
    );
    for (const { name } of tables.rows) await owner.query(`ALTER TABLE ${name} NO FORCE ROW LEVEL SECURITY`);
    const { rows } = await owner.query<Record<string, unknown>>(sql, values);
    await owner.query("ROLLBACK");
    return rows;
  });
}

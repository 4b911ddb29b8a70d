import { generateKeyPairSync, type KeyObject } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Knex } from "knex";
import pg from "pg";
import { inject } from "vitest";
import { type Config, parseEnv } from "../config/env.ts";
import { createMigratedDatabase } from "./database.ts";
import { envFor } from "./hospital.ts";
import { connected } from "./database-admin.ts";
import { record } from "../store/audit/record.ts";
import { actAs, openDatabase } from "../store/db/knex.ts";
import { prepareDatabase } from "../store/db/prepare.ts";
import { until } from "./until.ts";
import type { Checkpoint } from "../store/audit/checkpoint.ts";
import { seal, type SealOptions } from "../store/audit/seal.ts";

/** A migrated database with an audit record: how the program reaches it, and how an attacker could. */
export interface AuditBed {
  /** The program's own login. */
  knex: Knex;
  /** Of a node on it. */
  env: NodeJS.ProcessEnv;
  config: Config;
  /** The login that owns the tables, row-level security lifted. */
  owner: pg.Client;
  home: string;
  key: KeyObject;
  /** Puts `count` events on record, each in a transaction of its own; answers their ids. */
  act(count?: number, objectId?: string): Promise<number[]>;
  /** Seals every event. Open transactions of other tests in the same cluster hold events back, so it waits for them. */
  sealAll(options?: SealOptions, by?: KeyObject): Promise<Checkpoint[]>;
  /** Does what an attacker with the owner's login can do: runs `sql` with the triggers off, then switches them on again. */
  tamper(sql: string, ...values: unknown[]): Promise<void>;
  /** Runs `work` while the owner is bound by row-level security, as it is outside tests. */
  whileBound<T>(work: () => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

export async function createAuditBed(): Promise<AuditBed> {
  const database = await createMigratedDatabase();
  const home = await mkdtemp(join(tmpdir(), "tocsin-audit-"));
  const env = { ...envFor(database.url), TOCSIN_HOME: home };
  const config = parseEnv(env);
  const knex = openDatabase(await prepareDatabase(config), { max: 4 });
  const owner = new pg.Client({ connectionString: database.url });
  await owner.connect();
  // The tables stay as they were installed, since verifying the record includes them.
  const bind = (how: "BYPASSRLS" | "NOBYPASSRLS"): Promise<unknown> =>
    connected(inject("databaseUrl"), (admin) =>
      admin.query(`ALTER ROLE ${new URL(database.url).username} ${how}`),
    );
  await bind("BYPASSRLS");
  const triggers = (state: string): string =>
    ["audit_events", "audit_checkpoints"].map((name) => `ALTER TABLE ${name} ${state};`).join(" ");
  const key = generateKeyPairSync("ed25519").privateKey;
  return {
    knex,
    env,
    config,
    owner,
    home,
    key,
    act: async (count = 1, objectId = "object") => {
      const ids: number[] = [];
      for (let n = 0; n < count; n += 1) {
        await actAs(knex, "relay", (trx) =>
          record(trx, "relay", { action: "test.act", outcome: "ok", objectId, payload: { n } }),
        );
        const { rows } = await owner.query("SELECT max(id) AS id FROM audit_events");
        ids.push(rows[0].id);
      }
      return ids;
    },
    sealAll: async (options, by = key) => {
      await until("all events are final", async () => {
        const { rows } = await owner.query(
          `SELECT pg_snapshot_xmin(pg_current_snapshot()) > xid AS final FROM audit_events
           ORDER BY epoch DESC, xid DESC LIMIT 1`,
        );
        return rows[0]?.final === true;
      });
      return await seal(knex, by, options);
    },
    tamper: async (sql, ...values) => {
      await owner.query(`${triggers("DISABLE TRIGGER ALL")}`);
      await owner.query(sql, values);
      await owner.query(
        `${triggers("ENABLE ALWAYS TRIGGER audit_refuse")} ${triggers("ENABLE ALWAYS TRIGGER audit_refuse_truncate")}
         ALTER TABLE audit_events ENABLE ALWAYS TRIGGER audit_stamp;
         ALTER TABLE audit_checkpoints ENABLE ALWAYS TRIGGER audit_checkpoint_follows`,
      );
    },
    whileBound: async (work) => {
      await bind("NOBYPASSRLS");
      return await work().finally(() => bind("BYPASSRLS"));
    },
    close: async () => {
      await knex.destroy();
      await owner.end();
      await database.drop();
      await rm(home, { recursive: true, force: true });
    },
  };
}

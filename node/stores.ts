import type { Knex } from "knex";
import type { Config } from "../config/env.ts";
import { type InstallationKey, loadInstallationKey } from "../store/crypto/secrets.ts";
import { createVault, type Vault } from "../store/crypto/vault.ts";
import { openDatabase } from "../store/db/knex.ts";
import { prepareDatabase } from "../store/db/prepare.ts";
import { type Patience, whenReachable } from "../store/db/reachable.ts";
import { sizeOf } from "./size.ts";
import type { OnStop } from "./stop.ts";

/** A node's database, the vault that seals originals in it, and the program's own key. */
export interface Stores {
  knex: Knex;
  /**
   * Connections of their own for what is critical, and for looking up keys, before which nobody knows what is critical: neither
   * waits behind other work. Some stay open, so that a critical send is the first on none.
   */
  reserve: Knex;
  /** The URL that both pools connect to. */
  databaseUrl: string;
  vault: Vault;
  secrets: InstallationKey;
}

/**
 * Migrates the database and opens it, as soon as PostgreSQL serves it.
 * @throws DatabaseSetupError, MasterKeyError with what to do
 */
export async function openStores(config: Config, patience: Patience, onStop: OnStop): Promise<Stores> {
  const { url, migrationUrl } = config.database;
  const databaseUrl = await whenReachable(migrationUrl ?? url, patience, () => prepareDatabase(config));
  const { connections } = sizeOf(config.connections);
  const knex = openDatabase(databaseUrl, { max: connections.work, serves: true });
  onStop(() => knex.destroy());
  const reserve = openDatabase(databaseUrl, { min: 2, max: connections.reserve, serves: true });
  onStop(() => reserve.destroy());
  const vault = createVault(config.masterKeys);
  const secrets = await whenReachable(databaseUrl, patience, () => loadInstallationKey(knex, vault));
  return { knex, reserve, databaseUrl, vault, secrets };
}

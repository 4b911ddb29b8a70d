import { createHmac, hkdfSync, randomBytes } from "node:crypto";
import type { Knex } from "knex";
import { actAs } from "../db/knex.ts";
import type { Vault } from "./vault.ts";

/** The installation's own key: made once, kept wrapped in the database, the same on every node and across rotations. */
export interface InstallationKey {
  /** HMAC-SHA-256 under a key of its own per `purpose`. */
  mac(purpose: string, data: string | Buffer): Buffer;
  /** A secret that every node derives alike, base64url. */
  derive(purpose: string): string;
}

/** The master keys are not those of this database; the message says what to do. */
export class MasterKeyError extends Error {}

const NAME = "installation";

function open(vault: Vault, keyId: string, wrapped: Buffer): Buffer {
  try {
    return vault.unwrap(keyId, wrapped, NAME);
  } catch (cause) {
    throw new MasterKeyError(
      `TOCSIN_MASTER_KEY does not hold the key named "${keyId}" that this database was sealed with. Put it back, behind the ` +
        "first where there is a new one; npm run keys:rotate says when it can be taken out (docs/keys.md).",
      { cause },
    );
  }
}

/** Reads the installation's key, making it on the first start; nodes that start together agree on one. */
export async function loadInstallationKey(knex: Knex, vault: Vault): Promise<InstallationKey> {
  const root = await actAs(knex, "setup", async (trx) => {
    const fresh = vault.wrap(randomBytes(32), NAME);
    await trx("secrets")
      .insert({ name: NAME, ...fresh })
      .onConflict("name")
      .ignore();
    const row = await trx("secrets").where({ name: NAME }).first("key_id", "wrapped");
    return open(vault, row.key_id, row.wrapped);
  });
  const subkey = (purpose: string): Buffer => Buffer.from(hkdfSync("sha256", root, "", purpose, 32));
  const subkeys = new Map<string, Buffer>();
  return {
    mac: (purpose, data) => {
      let key = subkeys.get(purpose);
      if (key === undefined) subkeys.set(purpose, (key = subkey(purpose)));
      return createHmac("sha256", key).update(data).digest();
    },
    derive: (purpose) => subkey(purpose).toString("base64url"),
  };
}

/**
 * Whether there is an installation's key, which the master keys open.
 * @throws MasterKeyError where they don't
 */
export async function opensInstallationKey(knex: Knex, vault: Vault): Promise<boolean> {
  const row = await actAs(knex, "setup", (trx) =>
    trx("secrets").where({ name: NAME }).first("key_id", "wrapped"),
  );
  if (row === undefined) return false;
  open(vault, row.key_id, row.wrapped);
  return true;
}

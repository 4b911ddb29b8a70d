import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";
import type { MasterKey } from "../../config/master-keys.ts";

/** A sealed secret as the database keeps it: the text under a data key of its own, and that key under a master key. */
export interface Sealed {
  key_id: string;
  wrapped_key: Buffer;
  sealed: Buffer;
}

/** Envelope encryption with AES-256-GCM; `aad` binds a secret to its place, so that it can't be moved to another. */
export interface Vault {
  seal(plain: Buffer, aad: string): Sealed;
  /** @throws when the master key is unknown or anything was altered. */
  unseal(sealed: Sealed, aad: string): Buffer;
  /** Wraps a key directly under the first master key. */
  wrap(key: Buffer, aad: string): { key_id: string; wrapped: Buffer };
  unwrap(keyId: string, wrapped: Buffer, aad: string): Buffer;
}

/** Binds a sealed original to its row and territory. */
export const sealedFor = (send: { id: string; territory_id: string }): string =>
  `send:${send.id}:${send.territory_id}`;

/** Binds a sealed example of redaction to its row and territory. */
export const exampleFor = (example: { id: string; territory_id: string }): string =>
  `redaction example:${example.id}:${example.territory_id}`;

/** Binds the sealed secret of a webhook to its row. */
export const webhookSecretFor = (secret: { id: string }): string => `webhook secret:${secret.id}`;

/** Binds the sealed address of a calendar to its row. */
export const calendarAddressFor = (calendar: { id: string }): string => `calendar address:${calendar.id}`;

const NONCE = 12;
const TAG = 16;

/** The first of `masterKeys` seals, all of them open. */
export function createVault(masterKeys: [MasterKey, ...MasterKey[]]): Vault {
  const [first] = masterKeys;
  const wrap: Vault["wrap"] = (key, aad) => ({
    key_id: first.id,
    wrapped: encrypt(first.key, key, `key:${aad}`),
  });
  const unwrap: Vault["unwrap"] = (keyId, wrapped, aad) => {
    const master = masterKeys.find(({ id }) => id === keyId);
    if (master === undefined) throw new Error(`TOCSIN_MASTER_KEY holds no key named "${keyId}"`);
    return decrypt(master.key, wrapped, `key:${aad}`);
  };
  return {
    wrap,
    unwrap,
    seal: (plain, aad) => {
      const dataKey = randomBytes(32);
      const { key_id, wrapped } = wrap(dataKey, aad);
      return { key_id, wrapped_key: wrapped, sealed: encrypt(dataKey, plain, aad) };
    },
    unseal: ({ key_id, wrapped_key, sealed }, aad) => decrypt(unwrap(key_id, wrapped_key, aad), sealed, aad),
  };
}

/** nonce ‖ ciphertext ‖ tag */
function encrypt(key: Buffer, plain: Buffer, aad: string): Buffer {
  const nonce = randomBytes(NONCE);
  const cipher = createCipheriv("aes-256-gcm", key, nonce).setAAD(Buffer.from(aad, "utf8"));
  return Buffer.concat([nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
}

function decrypt(key: Buffer, box: Buffer, aad: string): Buffer {
  const decipher = createDecipheriv("aes-256-gcm", key, box.subarray(0, NONCE))
    .setAAD(Buffer.from(aad, "utf8"))
    .setAuthTag(box.subarray(-TAG));
  return Buffer.concat([decipher.update(box.subarray(NONCE, -TAG)), decipher.final()]);
}

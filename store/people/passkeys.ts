import { v7 as uuidv7 } from "uuid";
import type { Transaction } from "../db/knex.ts";

/** An authenticator of a person's own, by which they sign in (WebAuthn). */
export interface Passkey {
  id: string;
  user_id: string;
  /** As the authenticator names it, in base64url. */
  credential_id: string;
  /** As the person names it. */
  name: string;
  public_key: Buffer;
  /** A 64-bit number. */
  counter: string;
  transports: string[];
  created_at: Date;
  last_used_at: Date | null;
}

/** How many a person may have. */
export const MOST_PASSKEYS = 20;

const passkeys = (trx: Transaction) => trx<Passkey>("passkeys");

/** A person's passkeys, the oldest first. */
export const passkeysOf = async (trx: Transaction, userId: string): Promise<Passkey[]> =>
  await passkeys(trx).where("user_id", userId).orderBy("created_at");

export const hasPasskey = async (trx: Transaction, userId: string): Promise<boolean> =>
  (await passkeys(trx).where("user_id", userId).first("id")) !== undefined;

/** The passkey that an authenticator names so, locked where it is to be used. */
export async function findPasskey(
  trx: Transaction,
  credentialId: string,
  { lock = false }: { lock?: boolean } = {},
): Promise<Passkey | undefined> {
  const found = passkeys(trx).where("credential_id", credentialId);
  if (lock) void found.forUpdate();
  return await found.first();
}

/** @throws a PostgreSQL error 23505 where somebody has this authenticator's passkey already */
export async function addPasskey(
  trx: Transaction,
  passkey: Pick<Passkey, "user_id" | "credential_id" | "name" | "public_key" | "counter" | "transports">,
): Promise<Passkey> {
  const [added] = await passkeys(trx)
    .insert({ id: uuidv7(), ...passkey })
    .returning("*");
  if (added === undefined) throw new Error("the passkey was not written");
  return added;
}

export async function notePasskeyUse(trx: Transaction, id: string, counter: number): Promise<void> {
  await passkeys(trx)
    .where("id", id)
    .update({ counter: String(counter), last_used_at: new Date() });
}

/** Removes one of a person's passkeys; false where they have no such. */
export const removePasskey = async (trx: Transaction, userId: string, id: string): Promise<boolean> =>
  (await passkeys(trx).where({ user_id: userId, id }).delete()) === 1;

export async function removePasskeys(trx: Transaction, userId: string): Promise<void> {
  await passkeys(trx).where("user_id", userId).delete();
}

/** Uses a challenge up; false where it was answered before. */
export async function useChallenge(trx: Transaction, challenge: Buffer, expiresAt: Date): Promise<boolean> {
  await trx("used_challenges").where("expires_at", "<", new Date()).delete();
  const used = await trx("used_challenges")
    .insert({ challenge, expires_at: expiresAt })
    .onConflict("challenge")
    .ignore()
    .returning("challenge");
  return used.length === 1;
}

import { createHash, randomBytes } from "node:crypto";
import { generateSecret, ScureBase32Plugin, verify } from "otplib";
import type { Transaction } from "../db/knex.ts";
import { SecondFactor } from "../models/SecondFactor.ts";
import type { Vault } from "../crypto/vault.ts";
import { hasPasskey } from "./passkeys.ts";

/** How many recovery codes a person gets, for when the authenticator is lost. */
export const RECOVERY_CODES = 10;

/** A code is good for one step of 30 s before and after its own (RFC 6238, section 5.2); seconds. */
const TOLERANCE = 30;

/** Binds a secret to its person. */
export const boundTo = (userId: string): string => `second factor:${userId}`;

/** Makes a secret (160 bits, base32) that waits to be confirmed; null when the person has a confirmed one. */
export async function enrol(trx: Transaction, vault: Vault, userId: string): Promise<string | null> {
  const before = await SecondFactor.query(trx).findById(userId).forUpdate();
  if (before?.confirmed_at) return null;
  const secret = generateSecret();
  const row = { user_id: userId, ...vault.seal(Buffer.from(secret, "utf8"), boundTo(userId)), last_step: 0 };
  await SecondFactor.query(trx).insert(row).onConflict("user_id").merge();
  return secret;
}

/** The authenticator that a person has, confirmed or not. */
export function findFactor(trx: Transaction, userId: string): PromiseLike<SecondFactor | undefined> {
  return SecondFactor.query(trx).findById(userId);
}

/** Whether somebody has a second factor of any kind: an authenticator that is confirmed, or a passkey. */
export const hasFactor = async (trx: Transaction, userId: string): Promise<boolean> =>
  Boolean((await findFactor(trx, userId))?.confirmed_at) || (await hasPasskey(trx, userId));

/** Takes a code of the authenticator, each once; false when it is wrong, too old or was used. */
export async function redeemCode(
  trx: Transaction,
  vault: Vault,
  userId: string,
  code: string,
): Promise<boolean> {
  const token = code.replaceAll(/\s/g, "");
  if (!/^\d{6}$/.test(token)) return false;
  const factor = await SecondFactor.query(trx).findById(userId).forUpdate();
  if (factor === undefined) return false;
  const secret = vault.unseal(factor, boundTo(userId)).toString("utf8");
  const result = await verify({
    secret,
    token,
    epochTolerance: TOLERANCE,
    ...(factor.last_step > 0 ? { afterTimeStep: factor.last_step } : {}),
  });
  if (!result.valid || !("timeStep" in result)) return false;
  await SecondFactor.query(trx).findById(userId).patch({ last_step: result.timeStep });
  return true;
}

/** Makes sign-in ask for a code from now on. Answers the recovery codes, which are shown this once. */
export async function confirmFactor(trx: Transaction, userId: string): Promise<string[]> {
  await SecondFactor.query(trx).findById(userId).patch({ confirmed_at: new Date() });
  return await renewRecoveryCodes(trx, userId);
}

/** Ten new recovery codes of 120 random bits, in place of the old ones. */
export async function renewRecoveryCodes(trx: Transaction, userId: string): Promise<string[]> {
  await trx("recovery_codes").where({ user_id: userId }).delete();
  const codes = Array.from({ length: RECOVERY_CODES }, newRecoveryCode);
  await trx("recovery_codes").insert(codes.map((code) => ({ user_id: userId, code_hash: hashOf(code) })));
  return codes;
}

/** Uses a recovery code up; false when it is wrong or was used. */
export async function takeRecoveryCode(trx: Transaction, userId: string, code: string): Promise<boolean> {
  const used = await trx("recovery_codes")
    .where({ user_id: userId, code_hash: hashOf(code) })
    .whereNull("used_at")
    .update({ used_at: new Date() });
  return used === 1;
}

/** How many recovery codes a person has left. */
export async function recoveryCodesLeft(trx: Transaction, userId: string): Promise<number> {
  const left = await trx("recovery_codes").where({ user_id: userId }).whereNull("used_at").select("user_id");
  return left.length;
}

/** Removes authenticator and recovery codes: the password alone signs in from now on. */
export async function removeFactor(trx: Transaction, userId: string): Promise<void> {
  await trx("second_factors").where({ user_id: userId }).delete();
  await trx("recovery_codes").where({ user_id: userId }).delete();
}

/** `ABCD-EFGH-JKMN-PQRS-TUVW-XYZ2`: base32, to be read and typed. */
function newRecoveryCode(): string {
  const text = new ScureBase32Plugin().encode(randomBytes(15));
  return text.match(/.{4}/g)?.join("-") ?? text;
}

const hashOf = (code: string): Buffer =>
  createHash("sha256")
    .update(code.toUpperCase().replaceAll(/[^A-Z2-7]/g, ""))
    .digest();

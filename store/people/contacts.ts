import { LOCK_SPACES } from "../db/locks.ts";
import type { Transaction } from "../db/knex.ts";

/** Where a channel reaches a person, or is to reach them once a code has come back. */
export interface ContactPoint {
  id: string;
  channel: string;
  address: string;
  verified_at: Date | null;
  /** Waits for its code; `address` stays in use until then, where it is verified. */
  pending_address: string | null;
  code_hash: Buffer | null;
  code_expires_at: Date | null;
  code_attempts: number;
}

const points = (trx: Transaction, userId: string) =>
  trx<ContactPoint & { user_id: string }>("contact_points").where("user_id", userId);

export async function listContacts(trx: Transaction, userId: string): Promise<ContactPoint[]> {
  return await points(trx, userId).orderBy("channel");
}

/** Where a channel reaches a person. */
export interface Address {
  userId: string;
  channel: string;
  address: string;
}

/** The verified addresses of some people on some channels, as far as the actor sees them. */
export async function addressesOf(
  trx: Transaction,
  people: string[],
  channels: string[],
): Promise<Address[]> {
  return await trx("contact_points")
    .select("user_id as userId", "channel", "address")
    .whereIn("user_id", people)
    .whereIn("channel", channels)
    .whereNotNull("verified_at");
}

/** The person's contact point of a channel, locked until the transaction ends. */
export async function findContact(
  trx: Transaction,
  userId: string,
  channel: string,
): Promise<ContactPoint | null> {
  return (await points(trx, userId).where({ channel }).forUpdate().first()) ?? null;
}

/** Notes an address that waits for its code. A verified one before it stays in use. */
export async function setPending(
  trx: Transaction,
  userId: string,
  channel: string,
  { address, codeHash, expiresAt }: { address: string; codeHash: Buffer; expiresAt: Date },
): Promise<void> {
  const pending = {
    pending_address: address,
    code_hash: codeHash,
    code_expires_at: expiresAt,
    code_attempts: 0,
  };
  await trx("contact_points")
    .insert({ user_id: userId, channel, address, ...pending })
    .onConflict(["user_id", "channel"])
    .merge(pending);
}

/** Counts one more try at the code. */
export async function countTry(trx: Transaction, { id, code_attempts }: ContactPoint): Promise<void> {
  await trx("contact_points")
    .where({ id })
    .update({ code_attempts: code_attempts + 1 });
}

/** Puts the pending address to use. */
export async function confirmPending(trx: Transaction, { id, pending_address }: ContactPoint): Promise<void> {
  await trx("contact_points").where({ id }).update({
    address: pending_address,
    verified_at: new Date(),
    pending_address: null,
    code_hash: null,
    code_expires_at: null,
    code_attempts: 0,
  });
}

export async function removeContact(trx: Transaction, userId: string, channel: string): Promise<boolean> {
  return (await points(trx, userId).where({ channel }).delete()) > 0;
}

/** Time between two codes to one person by one channel, and how many there may be in an hour. */
const CODE_EVERY = 60_000;
const CODES_AN_HOUR = 5;
const HOUR = 3_600_000;

/**
 * Counts a code to be sent, or answers how long to wait for the next, in ms: one a minute and five an hour, by person
 * and channel. Calls that come side by side take turns.
 */
export async function admitCode(trx: Transaction, userId: string, channel: string): Promise<number> {
  await trx.raw("SELECT pg_advisory_xact_lock(hashtextextended(?, ?))", [
    `contact code ${userId} ${channel}`,
    LOCK_SPACES.contact,
  ]);
  const now = Date.now();
  await trx("contact_codes")
    .where({ user_id: userId })
    .where("sent_at", "<", new Date(now - HOUR))
    .delete();
  const sent: { sent_at: Date }[] = await trx("contact_codes")
    .where({ user_id: userId, channel })
    .orderBy("sent_at", "desc")
    .limit(CODES_AN_HOUR)
    .select("sent_at");
  const [last, first] = [sent[0], sent[CODES_AN_HOUR - 1]];
  const free = Math.max((last?.sent_at.getTime() ?? 0) + CODE_EVERY, (first?.sent_at.getTime() ?? 0) + HOUR);
  if (free > now && sent.length > 0) return free - now;
  await trx("contact_codes").insert({ user_id: userId, channel, sent_at: new Date(now) });
  return 0;
}

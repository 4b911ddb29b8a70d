import { timingSafeEqual } from "node:crypto";
import { v7 as uuidv7 } from "uuid";
import { attempt, type Settled } from "../../channels/outcome.ts";
import type { Running } from "../../channels/registry.ts";
import type { InstallationKey } from "../../store/crypto/secrets.ts";

/** How long a code is good; ms. */
export const CODE_LIFE = 10 * 60_000;
/** Tries at one code: of a million codes, five. */
export const CODE_TRIES = 5;
/** How long the person waits for the channel to take the code; ms. */
const SEND_TIMEOUT = 15_000;

export interface CodeFor {
  userId: string;
  channel: string;
  address: string;
}

/** A keyed hash: six digits alone could be guessed by anybody who reads the table. */
export const hashCode = (
  secrets: InstallationKey,
  { userId, channel, address }: CodeFor,
  code: string,
): Buffer => secrets.mac("contact code", JSON.stringify([userId, channel, address, code]));

/** Compares in constant time. */
export const isCode = (stored: Buffer | null, given: Buffer): boolean =>
  stored !== null && stored.length === given.length && timingSafeEqual(stored, given);

/**
 * Sends a code by the channel whose address it proves. The program writes the text, so it goes out whatever
 * the channel may see of notifications.
 */
export async function sendCode(
  { channel, instance }: Running,
  { userId, address }: CodeFor,
  code: string,
): Promise<Settled> {
  const id = uuidv7();
  return await attempt(channel, instance, {
    message: {
      notificationId: id,
      deliveryId: id,
      seq: 0,
      category: "system_message",
      priority: "high",
      title: "Confirm your address",
      text: `Your Tocsin code is ${code}`,
      createdAt: new Date().toISOString(),
    },
    recipient: { userId, inboxId: id, address },
    attempt: 1,
    idempotencyKey: id,
    signal: AbortSignal.timeout(SEND_TIMEOUT),
  });
}

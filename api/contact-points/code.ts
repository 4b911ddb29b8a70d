import { timingSafeEqual } from "node:crypto";
import type { Settled } from "../../channels/outcome.ts";
import type { Running } from "../../channels/registry.ts";
import type { InstallationKey } from "../../store/crypto/secrets.ts";
import { sendOwnText } from "../../channels/own-text.ts";

/** How long a code is good; ms. */
export const CODE_LIFE = 10 * 60_000;
/** Tries at one code: of a million codes, five. */
export const CODE_TRIES = 5;

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

/** Sends a code by the channel whose address it proves. */
export const sendCode = (running: Running, to: CodeFor, code: string): Promise<Settled> =>
  sendOwnText(running, to, {
    purpose: "code",
    title: "Confirm your address",
    text: `Your Tocsin code is ${code}`,
  });

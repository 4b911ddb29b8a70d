import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import type { InstallationKey } from "./secrets.ts";

/** How a secret that was drawn at random is kept: nobody guesses it, so it needs no slow hash. */
export const hashOfSecret = (secret: string): Buffer => createHash("sha256").update(secret).digest();

/** Tokens of 256 random bits with a MAC of them under the installation's key. */
export interface Tokens {
  make(): string;
  /** Whether it may be one of them, to the letter. A made-up token is told from its MAC alone, and costs no look into the database. */
  mayBe(token: string): boolean;
}

/** @param purpose tokens of one purpose are none of another */
export function createTokens(secrets: Pick<InstallationKey, "mac">, purpose: string): Tokens {
  const withMac = (random: string): string =>
    `${random}.${secrets.mac(purpose, random).subarray(0, 16).toString("base64url")}`;
  return {
    make: () => withMac(randomBytes(32).toString("base64url")),
    mayBe: (token) => {
      const [given, right] = [token, withMac(token.split(".", 1)[0] ?? "")].map((text) => Buffer.from(text));
      return (
        given !== undefined &&
        right !== undefined &&
        given.length === right.length &&
        timingSafeEqual(given, right)
      );
    },
  };
}

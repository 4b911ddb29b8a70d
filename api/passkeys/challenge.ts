import { randomBytes, timingSafeEqual } from "node:crypto";
import type { InstallationKey } from "../../store/crypto/secrets.ts";

/** How long somebody may take to answer; ms. Authenticators wait for a finger or a PIN. */
export const CHALLENGE_LIFE = 5 * 60_000;

/** What an authenticator signs: 16 random bytes and a time, signed here for one purpose. */
export interface Challenges {
  /** @param purpose for which alone it is good */
  make(purpose: string): Uint8Array<ArrayBuffer>;
  /** When a challenge is over, as an authenticator signed it (base64url); null for one that is over, for another purpose, or not ours. */
  read(challenge: string, purpose: string): { bytes: Buffer; expiresAt: Date } | null;
}

const RANDOM = 16;
const TIME = 8;

export function createChallenges(secrets: Pick<InstallationKey, "mac">): Challenges {
  const sign = (purpose: string, body: Buffer): Buffer =>
    secrets.mac("passkey challenge", `${purpose} ${body.toString("base64url")}`);
  return {
    make: (purpose) => {
      const time = Buffer.alloc(TIME);
      time.writeBigUInt64BE(BigInt(Date.now() + CHALLENGE_LIFE));
      const body = Buffer.concat([randomBytes(RANDOM), time]);
      return Uint8Array.from(Buffer.concat([body, sign(purpose, body)]));
    },
    read: (challenge, purpose) => {
      const bytes = Buffer.from(challenge, "base64url");
      const body = bytes.subarray(0, RANDOM + TIME);
      const given = bytes.subarray(RANDOM + TIME);
      if (body.length < RANDOM + TIME) return null;
      const right = sign(purpose, body);
      if (given.length !== right.length || !timingSafeEqual(given, right)) return null;
      const expiresAt = new Date(Number(body.readBigUInt64BE(RANDOM)));
      return expiresAt > new Date() ? { bytes, expiresAt } : null;
    },
  };
}

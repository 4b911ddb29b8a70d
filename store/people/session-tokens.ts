import { randomBytes, timingSafeEqual } from "node:crypto";
import type { InstallationKey } from "../crypto/secrets.ts";

/** The tokens of sessions: 256 random bits, and a MAC of them under the installation's key. */
export interface SessionTokens {
  make(): string;
  /** Whether it may be a session's. A made-up token is told from its MAC alone, and costs no look into the database. */
  mayBe(token: string): boolean;
}

/** A token of nodes from before there was a MAC. */
const OLDER = /^[\w-]{43}$/;
/** How many of those are looked up in a second. */
const OLDER_A_SECOND = 200;

export function createSessionTokens(secrets: Pick<InstallationKey, "mac">): SessionTokens {
  const macOf = (random: string): Buffer => secrets.mac("session token", random).subarray(0, 16);
  const allowance = { second: 0, left: 0 };
  const allowsOlder = (): boolean => {
    const second = Math.floor(performance.now() / 1_000);
    if (second !== allowance.second) Object.assign(allowance, { second, left: OLDER_A_SECOND });
    return allowance.left-- > 0;
  };
  return {
    make: () => {
      const random = randomBytes(32).toString("base64url");
      return `${random}.${macOf(random).toString("base64url")}`;
    },
    mayBe: (token) => {
      if (OLDER.test(token)) return allowsOlder();
      const [random = "", mac = ""] = token.split(".");
      const [given, right] = [Buffer.from(mac, "base64url"), macOf(random)];
      return given.length === right.length && timingSafeEqual(given, right);
    },
  };
}

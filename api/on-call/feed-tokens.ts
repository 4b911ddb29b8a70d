import { randomBytes, timingSafeEqual } from "node:crypto";
import type { InstallationKey } from "../../store/crypto/secrets.ts";

/** The tokens by which calendars read schedules: 256 random bits, and a MAC of them under the installation's key. */
export interface FeedTokens {
  make(): string;
  /** Whether it may be a calendar's. A made-up token is told from its MAC alone, and costs no look into the database. */
  mayBe(token: string): boolean;
}

export function createFeedTokens(secrets: Pick<InstallationKey, "mac">): FeedTokens {
  const macOf = (random: string): Buffer => secrets.mac("calendar token", random).subarray(0, 16);
  return {
    make: () => {
      const random = randomBytes(32).toString("base64url");
      return `${random}.${macOf(random).toString("base64url")}`;
    },
    mayBe: (token) => {
      const [random = "", mac = ""] = token.split(".");
      const [given, right] = [Buffer.from(mac, "base64url"), macOf(random)];
      return given.length === right.length && timingSafeEqual(given, right);
    },
  };
}

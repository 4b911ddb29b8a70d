import { randomBytes, timingSafeEqual } from "node:crypto";
import type { InstallationKey } from "../crypto/secrets.ts";

/** Characters of the random part, 256 bits, and of the MAC, 128 bits. */
const [RANDOM, MAC] = [43, 22];

/** A key as its service shows it, in its parts. */
export interface ShownKey {
  id: string;
  secret: string;
}

/** The parts of `<prefix>_<id>.<secret>`; null for what is no key. */
export function readKey(key: string): ShownKey | null {
  const [, id, secret] = /^[a-z]+_([A-Za-z0-9-]{1,64})\.([A-Za-z0-9_-]{20,128})$/.exec(key) ?? [];
  return id === undefined || secret === undefined ? null : { id, secret };
}

/** The secrets of services' keys: random, with a MAC of them and of the key's id, by which one that is made up is told without a look-up. */
export interface KeySecrets {
  make(id: string): string;
  /** `older`: it has the form of those from before there was a MAC, so PostgreSQL has to say. */
  judge(key: ShownKey): "ours" | "older" | "made up";
}

/** @param kind of keys; one of another kind counts as made up */
export function createKeySecrets(
  secrets: Pick<InstallationKey, "mac">,
  kind: "service key" | "SCIM token" = "service key",
): KeySecrets {
  const withMac = (id: string, random: string): string =>
    random + secrets.mac(kind, `${id} ${random}`).toString("base64url").slice(0, MAC);
  return {
    make: (id) => withMac(id, randomBytes(32).toString("base64url")),
    judge: ({ id, secret }) => {
      if (secret.length !== RANDOM + MAC) return "older";
      const [given, right] = [secret, withMac(id, secret.slice(0, RANDOM))].map((text) => Buffer.from(text));
      return given !== undefined && right !== undefined && timingSafeEqual(given, right) ? "ours" : "made up";
    },
  };
}

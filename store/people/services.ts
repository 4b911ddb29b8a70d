import { timingSafeEqual } from "node:crypto";
import type { Knex } from "knex";
import { hashOfSecret } from "../crypto/tokens.ts";
import { actAs, type Actor } from "../db/knex.ts";
import { call } from "../db/transitions.ts";
import { ServiceKey } from "../models/Service.ts";
import { readKey } from "./key-secrets.ts";

/** The upstream service behind a key, and the territories that this key may send to. */
export interface ServiceIdentity {
  serviceId: string;
  keyId: string;
  territories: ReadonlySet<string>;
}

/** Whoever may follow a notification: a person, or a service as far as the territories of its key reach. */
export interface Follower {
  actor: Actor;
  territories: ReadonlySet<string> | null;
  /** The key by which a service follows; null for a person. */
  followerKey: string | null;
}

/** The last use of a key is noted once in this time; ms. */
const USE_NOTED_EVERY = 60_000;
const NO_HASH = Buffer.alloc(32);

interface KeyAnswer {
  serviceId: string;
  territories: string[];
  /** Of its secret; base64. */
  hash: string;
  /** It is good now, and its service too. */
  live: boolean;
  /** null where it was never used. */
  usedMsAgo: number | null;
}

/**
 * The service that a key `<prefix>_<id>.<secret>` belongs to; null when it is malformed, unknown, wrong, expired or
 * revoked. Secrets have 256 bits, so their SHA-256 needs no slow hash; the comparison takes constant time.
 */
export async function findService(knex: Knex, key: string): Promise<ServiceIdentity | null> {
  const shown = readKey(key);
  if (shown === null) return null;
  const { id, secret } = shown;
  const found = await call<KeyAnswer | null>(knex, "read_key", id);
  const matches = timingSafeEqual(
    hashOfSecret(secret),
    found === null ? NO_HASH : Buffer.from(found.hash, "base64"),
  );
  if (found === null || !matches || !found.live) return null;
  if ((found.usedMsAgo ?? Infinity) > USE_NOTED_EVERY) await noteUse(knex, id);
  return { serviceId: found.serviceId, keyId: id, territories: new Set(found.territories) };
}

const noteUse = (knex: Knex, id: string): Promise<number> =>
  actAs(knex, "sign-in", (trx) => ServiceKey.query(trx).findById(id).patch({ last_used_at: new Date() }));

import { createHash, timingSafeEqual } from "node:crypto";
import type { Knex } from "knex";
import { isLive } from "./keys.ts";
import { actAs, type Actor } from "../db/knex.ts";
import { Service, ServiceKey } from "../models/Service.ts";

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

/**
 * The service that a key `<prefix>_<id>.<secret>` belongs to; null when it is malformed, unknown, wrong, expired or
 * revoked. Secrets have 256 bits, so their SHA-256 needs no slow hash; the comparison takes constant time.
 */
export async function findService(knex: Knex, key: string): Promise<ServiceIdentity | null> {
  const match = /^[a-z]+_([A-Za-z0-9-]{1,64})\.([A-Za-z0-9_-]{20,128})$/.exec(key);
  const [, id, secret] = match ?? [];
  if (id === undefined || secret === undefined) return null;
  return await actAs(knex, "sign-in", async (trx) => {
    const [found, service] = await Promise.all([
      ServiceKey.query(trx).findById(id),
      Service.query(trx).findOne({ id: ServiceKey.query(trx).findById(id).select("service_id") }),
    ]);
    const matches = timingSafeEqual(
      createHash("sha256").update(secret).digest(),
      found?.secret_hash ?? NO_HASH,
    );
    if (found === undefined || !matches || !isLive(found)) return null;
    if (service === undefined || service.disabled_at !== null) return null;
    if (Date.now() - (found.last_used_at?.getTime() ?? 0) > USE_NOTED_EVERY) {
      await ServiceKey.query(trx).findById(id).patch({ last_used_at: new Date() });
    }
    return { serviceId: found.service_id, keyId: found.id, territories: new Set(found.territory_ids) };
  });
}

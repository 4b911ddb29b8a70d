import { v7 as uuidv7 } from "uuid";
import { hashOfSecret } from "../crypto/tokens.ts";
import type { Transaction } from "../db/knex.ts";
import { Service, ServiceKey } from "../models/Service.ts";
import type { KeySecrets } from "./key-secrets.ts";

/** What a key may do, and until when. */
export interface Scope {
  territoryIds: string[];
  expiresAt: Date | null;
  /** Of pages for which it may ask subject tokens. */
  subjectOrigins?: string[];
}

/** The keys of a service that are good now; its row is locked, so that they can be counted. */
export async function lockLiveKeys(trx: Transaction, serviceId: string): Promise<ServiceKey[]> {
  await Service.query(trx).findById(serviceId).forUpdate();
  const keys = await ServiceKey.query(trx).where({ service_id: serviceId });
  return keys.filter(isLive);
}

/** Makes a key. The answer's `secret` is the whole of it, `<prefix>_<id>.<secret>`, and known to the caller alone. */
export async function makeKey(
  trx: Transaction,
  serviceId: string,
  { territoryIds, expiresAt, subjectOrigins }: Scope,
  secrets: Pick<KeySecrets, "make">,
): Promise<{ row: ServiceKey; secret: string }> {
  const id = uuidv7().replaceAll("-", "");
  const secret = secrets.make(id);
  const row = await ServiceKey.query(trx).insertAndFetch({
    id,
    service_id: serviceId,
    secret_hash: hashOfSecret(secret),
    territory_ids: [...new Set(territoryIds)],
    // Who says nothing of it needs no column: an older version's database has none.
    ...(subjectOrigins === undefined ? {} : { subject_origins: [...new Set(subjectOrigins)] }),
    expires_at: expiresAt,
  });
  return { row, secret: `tocsin_${id}.${secret}` };
}

/** Whether a key opens anything now. */
export const isLive = ({ revoked_at, expires_at }: Pick<ServiceKey, "revoked_at" | "expires_at">): boolean =>
  revoked_at === null && (expires_at === null || expires_at > new Date());

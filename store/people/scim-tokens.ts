import { timingSafeEqual } from "node:crypto";
import type { Knex } from "knex";
import { v7 as uuidv7 } from "uuid";
import { hashOfSecret } from "../crypto/tokens.ts";
import { actAs, type Transaction } from "../db/knex.ts";
import { ScimToken } from "../models/Scim.ts";
import { type KeySecrets, type ShownKey } from "./key-secrets.ts";

/** A directory outside, by its token. */
export interface Directory {
  tokenId: string;
  /** What an admin called the token. */
  name: string;
}

/** The last use of a token is noted once in this time; ms. */
const USE_NOTED_EVERY = 60_000;
/** Makes a token. The answer's `secret` is the whole of it, `scim_<id>.<secret>`, and known to the caller alone. */
export async function makeScimToken(
  trx: Transaction,
  { name, madeBy, expiresAt }: { name: string; madeBy: string; expiresAt: Date | null },
  secrets: Pick<KeySecrets, "make">,
): Promise<{ row: ScimToken; secret: string }> {
  const id = uuidv7().replaceAll("-", "");
  const secret = secrets.make(id);
  const row = await ScimToken.query(trx).insertAndFetch({
    id,
    name,
    secret_hash: hashOfSecret(secret),
    made_by: madeBy,
    expires_at: expiresAt,
  });
  return { row, secret: `scim_${id}.${secret}` };
}

/** Whether a token opens anything now. */
export const isLiveToken = ({
  revoked_at,
  expires_at,
}: Pick<ScimToken, "revoked_at" | "expires_at">): boolean =>
  revoked_at === null && (expires_at === null || expires_at > new Date());

/** The directory whose token this is; null where it is unknown, expired or revoked. */
export async function findDirectory(knex: Knex, { id, secret }: ShownKey): Promise<Directory | null> {
  return await actAs(knex, "sign-in", async (trx) => {
    const found = await ScimToken.query(trx).findById(id);
    if (
      found === undefined ||
      !timingSafeEqual(hashOfSecret(secret), found.secret_hash) ||
      !isLiveToken(found)
    )
      return null;
    if (Date.now() - (found.last_used_at?.getTime() ?? 0) > USE_NOTED_EVERY)
      await ScimToken.query(trx).findById(id).patch({ last_used_at: new Date() });
    return { tokenId: id, name: found.name };
  });
}

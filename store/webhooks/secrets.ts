import { randomBytes } from "node:crypto";
import { v7 as uuidv7 } from "uuid";
import { type Vault, webhookSecretFor } from "../crypto/vault.ts";
import type { Transaction } from "../db/knex.ts";
import { WebhookSecret } from "../models/Webhook.ts";
import type { SealedSecret } from "./queue.ts";

/** Of Standard Webhooks: 24 to 64 random bytes. */
const BYTES = 32;

/** Makes a secret of a webhook. `secret` is the whole of it, `whsec_` and base64, known to the caller alone: it is kept sealed. */
export async function makeSecret(
  trx: Transaction,
  vault: Vault,
  webhookId: string,
): Promise<{ row: WebhookSecret; secret: string }> {
  const id = uuidv7();
  const key = randomBytes(BYTES);
  const row = await WebhookSecret.query(trx).insertAndFetch({
    id,
    webhook_id: webhookId,
    ...vault.seal(key, webhookSecretFor({ id })),
  });
  return { row, secret: `whsec_${key.toString("base64")}` };
}

/** The key that a secret stands for. @throws where it was altered, or sealed by a master key that is not configured */
export const openSecret = (vault: Vault, secret: SealedSecret): Buffer =>
  vault.unseal(secret, webhookSecretFor(secret));

/** The secrets of a webhook that are good now, the newest first. */
export const liveSecrets = async (trx: Transaction, webhookId: string): Promise<WebhookSecret[]> =>
  await WebhookSecret.query(trx)
    .where({ webhook_id: webhookId })
    .whereRaw("(expires_at IS NULL OR expires_at > clock_timestamp())")
    .orderBy("created_at", "desc");

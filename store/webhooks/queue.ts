import type { Knex } from "knex";
import type { Sealed } from "../crypto/vault.ts";
import { actAs } from "../db/knex.ts";
import { call } from "../db/transitions.ts";
import type { EventRow } from "./events.ts";

/** How long an attempt may take before it counts as lost; ms. More than a request may take (node/webhooks/post.ts). */
const LEASE = 60_000;

/** A webhook's secret, sealed. */
export type SealedSecret = Sealed & { id: string };

/** An event that this attempt alone may bring to its webhook. */
export interface ClaimedDelivery {
  deliveryId: string;
  attempt: number;
  event: EventRow;
}

export interface ClaimedWebhook {
  url: string;
  secrets: SealedSecret[];
  deliveries: ClaimedDelivery[];
  /** Others may be due. */
  more: boolean;
}

/** Claims what is due for a webhook, at most so many; null where nothing may be sent to it now. */
export async function claimWebhook(
  knex: Knex,
  webhookId: string,
  most: number,
): Promise<ClaimedWebhook | null> {
  interface Answer extends Omit<ClaimedWebhook, "secrets"> {
    secrets: { id: string; key_id: string; wrapped_key: string; sealed: string }[] | null;
  }
  const answer = await call<Answer | null>(knex, "claim_webhook", webhookId, most, LEASE);
  if (answer === null) return null;
  const secrets = (answer.secrets ?? []).map(({ wrapped_key, sealed, ...rest }) => ({
    ...rest,
    wrapped_key: Buffer.from(wrapped_key, "base64"),
    sealed: Buffer.from(sealed, "base64"),
  }));
  return { ...answer, secrets };
}

/** How an attempt ended. */
export interface Ending {
  /** Null where the receiver took it. */
  code: string | null;
  /** The receiver wants no more. */
  gone?: boolean;
  /** The wait that it asked for; ms. */
  retryAfterMs?: number | null;
}

/** Writes how an attempt ended; answers whether its webhook was disabled by it. */
export async function settleWebhook(
  knex: Knex,
  { deliveryId, attempt }: Pick<ClaimedDelivery, "deliveryId" | "attempt">,
  { code, gone = false, retryAfterMs = null }: Ending,
): Promise<{ disabled: boolean }> {
  return await call(knex, "settle_webhook", deliveryId, attempt, code, gone, retryAfterMs);
}

/** The webhooks to which something is due; each costs one look into an index. */
export async function webhooksDue(knex: Knex): Promise<string[]> {
  return await actAs(knex, "announcer", async (trx) => {
    const { rows } = await trx.raw<{ rows: { id: string }[] }>(
      `SELECT id FROM webhooks
       WHERE deleted_at IS NULL AND disabled_at IS NULL AND (paused_until IS NULL OR paused_until <= now())
         AND (SELECT next_attempt_at FROM webhook_deliveries
           WHERE webhook_id = webhooks.id AND status = 'queued' ORDER BY next_attempt_at, seq LIMIT 1) <= now()`,
    );
    return rows.map(({ id }) => id);
  });
}

/** For how long the webhook that has failed longest has failed, and something is due to one and not tried; s. */
export async function webhookDelays(knex: Knex): Promise<{ failing: number; overdue: number }> {
  return await actAs(knex, "announcer", async (trx) => {
    const { rows } = await trx.raw<{ rows: { failing: number | null; overdue: number | null }[] }>(
      `SELECT max(extract(epoch FROM clock_timestamp() - failing_since))::float AS failing,
         max(extract(epoch FROM clock_timestamp() - greatest(paused_until, (SELECT next_attempt_at FROM webhook_deliveries
           WHERE webhook_id = webhooks.id AND status = 'queued' ORDER BY next_attempt_at, seq LIMIT 1))))
           FILTER (WHERE EXISTS (SELECT FROM webhook_deliveries WHERE webhook_id = webhooks.id AND status = 'queued'))::float AS overdue
       FROM webhooks WHERE deleted_at IS NULL AND disabled_at IS NULL`,
    );
    return { failing: Math.max(0, rows[0]?.failing ?? 0), overdue: Math.max(0, rows[0]?.overdue ?? 0) };
  });
}

/** How many webhooks were disabled for their failures, and are still. */
export async function countDisabled(knex: Knex): Promise<number> {
  return await actAs(knex, "announcer", async (trx) => {
    const found = trx("webhooks").whereNull("deleted_at").whereIn("disabled_reason", ["failing", "gone"]);
    const [row] = await found.count("* as count");
    return Number(row?.["count"] ?? 0);
  });
}

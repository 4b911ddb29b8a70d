import type { Knex } from "knex";
import type { DeliveryStatus } from "../../channels/contract.ts";
import { settle, type Settled } from "../../channels/outcome.ts";
import { record } from "../../store/audit/record.ts";
import { actAs, type Actor, type Transaction } from "../../store/db/knex.ts";
import { Delivery } from "../../store/models/Delivery.ts";
import { DeliveryEvent } from "../../store/models/DeliveryEvent.ts";
import { Notification } from "../../store/models/Notification.ts";
import { applyKept } from "../../store/notifications/reports.ts";

/** How an attempt ended, for the workflow to go on by; codes only. */
export interface DeliverResult {
  status: DeliveryStatus;
  /** ms after which to try again; set while `status` is `queued`. */
  retryAfterMs?: number;
}

/** Attempts at one delivery before it counts as failed and the next channel takes over. */
const MAX_ATTEMPTS = 8;

/** How long the reconciler leaves a delivery alone beyond the wait it was given; ms. */
const CHECK_AFTER = 10_000;

/** States in which something is left to try. A `skipped` delivery can still be received late, but is not tried again. */
const OPEN = new Set<DeliveryStatus>(["queued", "claimed"]);
export const isOpen = ({ status }: Delivery): boolean => OPEN.has(status);

/** Records what an attempt came to. A delivery that is settled already, by a receipt or another worker, stays as it is. */
export async function settleDelivery(
  trx: Transaction,
  actor: Actor,
  { id, notification_id }: Pick<Delivery, "id" | "notification_id">,
  outcome: Settled,
): Promise<DeliverResult> {
  const [, current] = await Promise.all([
    Notification.query(trx).findById(notification_id).forUpdate(),
    Delivery.query(trx).findById(id).forUpdate(),
  ]);
  if (current === undefined || !isOpen(current)) return { status: current?.status ?? "skipped" };
  const spent = outcome.status === "queued" && current.attempts >= MAX_ATTEMPTS;
  const status = spent ? "failed" : outcome.status;
  const { reason, providerId, retryAfterMs } = outcome;
  const now = Date.now();
  const change = {
    status,
    reason,
    updated_at: new Date(now),
    next_check_at: new Date(now + (retryAfterMs ?? 0) + CHECK_AFTER),
    ...(providerId === undefined ? {} : { provider_id: providerId }),
  };
  await Promise.all([
    Delivery.query(trx).findById(id).patch(change),
    recordEvent(trx, { ...current, ...change }),
    record(trx, actor, {
      action: "delivery.attempt",
      outcome: status === "failed" || status === "unknown" ? "failed" : "ok",
      territoryId: current.territory_id,
      objectId: notification_id,
      payload: { delivery_id: id, channel: current.channel, status, reason, attempt: current.attempts },
    }),
  ]);
  if (status === "delivered") {
    await Notification.query(trx).findById(notification_id).patch({ status }).where({ status: "sent" });
  }
  const mayBeReported = providerId !== undefined || status === "unknown";
  const reported = mayBeReported ? await applyKept(trx, actor, Object.assign(current, change)) : null;
  if (reported !== null) return { status: reported };
  return { status, ...(status !== "queued" || retryAfterMs === undefined ? {} : { retryAfterMs }) };
}

/** Puts a delivery's state into the timeline. */
export async function recordEvent(
  trx: Transaction,
  {
    id,
    notification_id,
    user_id,
    territory_id,
    channel,
    status,
    reason,
    attempts,
  }: Pick<
    Delivery,
    "id" | "notification_id" | "user_id" | "territory_id" | "channel" | "status" | "reason" | "attempts"
  >,
): Promise<void> {
  await DeliveryEvent.query(trx).insert({
    ...{ notification_id, delivery_id: id, user_id, territory_id, channel, status, reason },
    attempt: attempts,
  });
}

/** Records that channels were not tried because an earlier one has it. */
export function createSkipRest({ knex }: { knex: Knex }) {
  return async function skipRest(notificationId: string, deliveryIds: string[]): Promise<void> {
    const actor: Actor = `worker:${notificationId}`;
    await actAs(knex, actor, async (trx) => {
      for (const id of deliveryIds) {
        await settleDelivery(
          trx,
          actor,
          { id, notification_id: notificationId },
          settle({ kind: "reject", code: "not_needed" }),
        );
      }
    });
  };
}

/** Records that no worker made the attempt or lived to tell of it; what had been claimed may have been sent. */
export function createGiveUp({ knex }: { knex: Knex }) {
  return async function giveUp(notificationId: string, deliveryId: string): Promise<DeliverResult> {
    const actor: Actor = `worker:${notificationId}`;
    return await actAs(knex, actor, async (trx) => {
      const delivery = await Delivery.query(trx).findById(deliveryId);
      const sent = delivery?.status === "claimed";
      const outcome = settle(
        sent ? { kind: "unknown", code: "worker_lost" } : { kind: "reject", code: "no_worker" },
      );
      return await settleDelivery(trx, actor, { id: deliveryId, notification_id: notificationId }, outcome);
    });
  };
}

import type { Knex } from "knex";
import type { DeliveryStatus } from "../channels/contract.ts";
import type { Deliverable } from "../channels/define.ts";
import { attempt, settle, type Settled } from "../channels/outcome.ts";
import type { Registry } from "../channels/registry.ts";
import { record } from "../store/audit.ts";
import { actAs, type Actor, type Transaction } from "../store/knex.ts";
import { Delivery } from "../store/models/Delivery.ts";
import { DeliveryEvent } from "../store/models/DeliveryEvent.ts";
import { Inbox } from "../store/models/Inbox.ts";
import { Notification } from "../store/models/Notification.ts";

/** How an attempt ended, for the workflow to go on by; codes only. */
export interface DeliverResult {
  status: DeliveryStatus;
  /** ms after which to try again; set while `status` is `queued`. */
  retryAfterMs?: number;
}

export interface DeliverDeps {
  knex: Knex;
  channels: Pick<Registry, "get">;
  /** Aborts when the activity is cancelled or the worker stops. */
  signal: () => AbortSignal;
  onStep: (step: string) => void;
}

interface Claim {
  delivery: Delivery;
  notification: Notification;
  inboxId: string;
}

/** Attempts at one delivery before it counts as failed and the next channel takes over. */
const MAX_ATTEMPTS = 8;

/** States in which nothing is left to try. A `skipped` delivery can still be received late, but is not tried again. */
const OPEN = new Set<DeliveryStatus>(["queued", "claimed"]);

/**
 * Makes one attempt at one delivery: claims it (committed before anything is sent), hands it to its channel, records
 * the outcome. A delivery that is settled already is left alone.
 */
export function createDeliver({ knex, channels, signal, onStep }: DeliverDeps) {
  return async function deliver(notificationId: string, deliveryId: string): Promise<DeliverResult> {
    const actor: Actor = `worker:${notificationId}`;
    const claimed = await actAs(knex, actor, (trx) =>
      claim(trx, actor, channels, notificationId, deliveryId),
    );
    if ("status" in claimed) return claimed;
    onStep("deliver.claimed");
    const running = channels.get(claimed.delivery.channel);
    const settled =
      running === undefined
        ? settle({ kind: "reject", code: "not_configured" })
        : await attempt(
            running.channel,
            running.instance,
            deliverableOf(claimed, running.channel.phi, signal()),
          );
    onStep("deliver.published");
    return await actAs(knex, actor, (trx) => settleDelivery(trx, actor, claimed.delivery, settled));
  };
}

async function claim(
  trx: Transaction,
  actor: Actor,
  channels: Pick<Registry, "get">,
  notificationId: string,
  deliveryId: string,
): Promise<Claim | DeliverResult> {
  const notification = await Notification.query(trx).findById(notificationId).forUpdate();
  const delivery = await Delivery.query(trx).findById(deliveryId).forUpdate();
  if (notification === undefined || delivery === undefined) return { status: "skipped" };
  if (!OPEN.has(delivery.status)) return { status: delivery.status };
  if (notification.status === "expired" || notification.status === "cancelled") {
    return settleDelivery(trx, actor, delivery, settle({ kind: "reject", code: notification.status }));
  }
  const interrupted = delivery.status === "claimed";
  const repeatable =
    channels.get(delivery.channel)?.channel.idempotent === true || notification.priority === "critical";
  if (interrupted && !repeatable) {
    return settleDelivery(trx, actor, delivery, settle({ kind: "unknown", code: "interrupted" }));
  }
  const attempts = delivery.attempts + 1;
  const claimed = await delivery
    .$query(trx)
    .patchAndFetch({ status: "claimed", attempts, updated_at: new Date() });
  await event(trx, claimed);
  const inbox = await Inbox.query(trx).findOne({ user_id: notification.user_id });
  return { delivery: claimed, notification, inboxId: inbox?.id ?? "" };
}

/** What a channel gets to see; with `phi: "none"`, that there is a message and no more. */
function deliverableOf(
  { delivery, notification, inboxId }: Claim,
  phi: "redacted" | "none",
  signal: AbortSignal,
): Deliverable {
  const hidden = phi === "none";
  return {
    message: {
      notificationId: notification.id,
      deliveryId: delivery.id,
      seq: notification.seq,
      category: notification.category,
      priority: notification.priority,
      title: hidden ? null : notification.title,
      text: hidden ? "You have a message." : notification.message,
      createdAt: notification.created_at.toISOString(),
    },
    recipient: { userId: notification.user_id, inboxId, address: null },
    attempt: delivery.attempts,
    idempotencyKey: delivery.id,
    signal,
  };
}

async function settleDelivery(
  trx: Transaction,
  actor: Actor,
  { id, notification_id }: Delivery,
  outcome: Settled,
): Promise<DeliverResult> {
  await Notification.query(trx).findById(notification_id).forUpdate();
  const current = await Delivery.query(trx).findById(id).forUpdate();
  if (current === undefined || !OPEN.has(current.status)) return { status: current?.status ?? "skipped" };
  const spent = outcome.status === "queued" && current.attempts >= MAX_ATTEMPTS;
  const status = spent ? "failed" : outcome.status;
  const { reason, providerId, retryAfterMs } = outcome;
  const settled = await current.$query(trx).patchAndFetch({
    status,
    reason,
    updated_at: new Date(),
    ...(providerId === undefined ? {} : { provider_id: providerId }),
  });
  await event(trx, settled);
  await record(trx, actor, {
    action: "delivery.attempt",
    outcome: status === "failed" || status === "unknown" ? "failed" : "ok",
    territoryId: settled.territory_id,
    objectId: notification_id,
    payload: { delivery_id: id, channel: settled.channel, status, reason, attempt: settled.attempts },
  });
  if (status === "delivered") {
    await Notification.query(trx)
      .findById(notification_id)
      .patch({ status: "delivered" })
      .where({ status: "sent" });
  }
  return { status, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) };
}

async function event(trx: Transaction, delivery: Delivery): Promise<void> {
  await DeliveryEvent.query(trx).insert({
    notification_id: delivery.notification_id,
    delivery_id: delivery.id,
    user_id: delivery.user_id,
    territory_id: delivery.territory_id,
    channel: delivery.channel,
    status: delivery.status,
    reason: delivery.reason,
    attempt: delivery.attempts,
  });
}

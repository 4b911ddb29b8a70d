import { LIVE, type NotificationStatus } from "../../channels/contract.ts";
import { settle } from "../../channels/outcome.ts";
import type { Registry } from "../../channels/registry.ts";
import type { Actor, Transaction } from "../../store/db/knex.ts";
import { Delivery } from "../../store/models/Delivery.ts";
import { Inbox } from "../../store/models/Inbox.ts";
import { Notification } from "../../store/models/Notification.ts";
import { verifiedAddresses } from "../../store/people/preferences.ts";
import { type DeliverResult, isOpen, recordEvent, settleDelivery } from "./settle.ts";

/** A delivery that this attempt, and no other, may send. */
export interface Claim {
  delivery: Delivery;
  notification: Notification;
  inboxId: string;
  address: string | null;
}

const OVER = new Set<NotificationStatus>(["expired", "cancelled"]);
const SEEN = new Set<NotificationStatus>(["read", "acknowledged", "dismissed"]);

/**
 * Claims a delivery, or answers why there is nothing to send: it is settled, held, over, seen meanwhile, or has no
 * address. An unfinished claim found here is claimed again when the channel dedupes or the notification is critical;
 * else it may have been sent, so it becomes `unknown` and the next channel takes over.
 */
export async function claim(
  trx: Transaction,
  actor: Actor,
  channels: Pick<Registry, "get">,
  notificationId: string,
  deliveryId: string,
): Promise<Claim | DeliverResult> {
  const [notification, delivery] = await Promise.all([
    Notification.query(trx).findById(notificationId).forUpdate(),
    Delivery.query(trx).findById(deliveryId).forUpdate(),
  ]);
  if (notification === undefined || delivery === undefined) return { status: "skipped" };
  if (!isOpen(delivery)) return { status: delivery.status };
  const held = (delivery.hold_until?.getTime() ?? 0) - Date.now();
  if (held > 0) return { status: "queued", retryAfterMs: held };

  const { channel } = delivery;
  const address =
    channel === LIVE ? null : ((await verifiedAddresses(trx, notification.user_id)).get(channel) ?? null);
  const asked = await isAskedAgain(trx, delivery);
  const obstacle = obstacleOf(notification, delivery, address, channels, asked);
  if (obstacle !== null) return await settleDelivery(trx, actor, delivery, settle(obstacle));

  const change = { status: "claimed" as const, attempts: delivery.attempts + 1, updated_at: new Date() };
  const [inbox] = await Promise.all([
    Inbox.query(trx).findOne({ user_id: notification.user_id }),
    Delivery.query(trx).findById(deliveryId).patch(change),
    recordEvent(trx, { ...delivery, ...change, reason: null }),
  ]);
  return { delivery: Object.assign(delivery, change), notification, inboxId: inbox?.id ?? "", address };
}

/** Whether a supervisor asked for it, by the same channel once more; what takes over from another channel nobody did. */
async function isAskedAgain(trx: Transaction, { channel, redelivery_of }: Delivery): Promise<boolean> {
  if (redelivery_of === null) return false;
  return (await Delivery.query(trx).findById(redelivery_of))?.channel === channel;
}

function obstacleOf(
  { status, priority }: Notification,
  delivery: Delivery,
  address: string | null,
  channels: Pick<Registry, "get">,
  askedAgain: boolean,
): { kind: "reject" | "unknown"; code: string } | null {
  const { channel } = delivery;
  if (OVER.has(status)) return { kind: "reject", code: status };
  if (channel === LIVE) return null;
  if (SEEN.has(status) && !askedAgain) return { kind: "reject", code: "already_handled" };
  if (address === null) return { kind: "reject", code: "no_address" };
  const idempotent = channels.get(channel)?.channel.idempotent === true;
  const interrupted = delivery.status === "claimed" && !idempotent && priority !== "critical";
  return interrupted ? { kind: "unknown", code: "interrupted" } : null;
}

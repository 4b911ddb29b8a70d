import type { DeliveryDto, DeliveryEventDto } from "../../channels/contract.ts";
import type { DeliveryEvent } from "../../store/models/DeliveryEvent.ts";
import type { HistoryView } from "./history.ts";
import type { HistoryDelivery } from "./schema.ts";
import type { DeliveryView } from "./timeline.ts";

/** Its time stays with a delivery that has gone out since. */
const isHeld = ({ status, reason }: DeliveryView): boolean => status === "queued" && reason === "quiet_hours";

/** A delivery, as its history shows it. */
export const presentDelivery = (row: DeliveryView): DeliveryDto => ({
  delivery_id: row.id,
  notification_id: row.notification_id,
  user_id: row.user_id,
  territory_id: row.territory_id,
  category: row.category,
  priority: row.priority,
  channel: row.channel,
  status: row.status,
  reason: row.reason,
  attempts: row.attempts,
  held_until: isHeld(row) ? (row.hold_until?.toISOString() ?? null) : null,
  redelivery_of: row.redelivery_of,
  stand_down: row.stand_down,
  created_at: row.created_at.toISOString(),
  at: row.updated_at.toISOString(),
});

/**
 * Why a delivery was not made, where another one would not be either: nothing of it was left to do, or the way is closed. What had no live
 * connection comes by itself with the next one.
 */
const IN_VAIN = new Set([
  "offline",
  "no_address",
  "not_configured",
  "not_reachable",
  "expired",
  "cancelled",
  "resolved",
  "replaced",
  "outdated",
  "covered",
  "already_handled",
  "not_needed",
]);

/** Whether another delivery by the same channel makes sense; `redeliver` itself refuses less. */
function isRedeliverable(row: HistoryView, channels: ReadonlySet<string>): boolean {
  if (!row.open || !row.last || row.stand_down !== null || !channels.has(row.channel)) return false;
  if (row.status === "queued" || row.status === "claimed") return false;
  if (row.status === "skipped") return row.reason === null || !IN_VAIN.has(row.reason);
  return row.status !== "delivered" || row.waits;
}

/** A delivery in a supervisor's history. @param channels those that are on */
export const presentHistory = (row: HistoryView, channels: ReadonlySet<string>): HistoryDelivery => ({
  ...presentDelivery(row),
  name: row.name,
  acknowledged_after: row.acknowledged_after,
  waits: row.waits,
  redeliverable: isRedeliverable(row, channels),
});

/** One step of a timeline. */
export const presentEvent = (row: DeliveryEvent): DeliveryEventDto => ({
  delivery_id: row.delivery_id,
  channel: row.channel,
  at: row.at.toISOString(),
  status: row.status,
  reason: row.reason,
  attempt: row.attempt,
});

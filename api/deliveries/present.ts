import type { DeliveryDto, DeliveryEventDto } from "../../channels/contract.ts";
import type { DeliveryEvent } from "../../store/models/DeliveryEvent.ts";
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
  created_at: row.created_at.toISOString(),
  at: row.updated_at.toISOString(),
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

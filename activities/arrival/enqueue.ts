import { v7 as uuidv7 } from "uuid";
import { type InboxChange, nextChange } from "../../store/notifications/inbox.ts";
import type { Transaction } from "../../store/db/knex.ts";
import { Delivery } from "../../store/models/Delivery.ts";
import { DeliveryEvent } from "../../store/models/DeliveryEvent.ts";
import { Notification } from "../../store/models/Notification.ts";
import { readPreferences, verifiedAddresses } from "../../store/people/preferences.ts";
import { planDeliveries, type PlannedDelivery } from "./plan.ts";

/** A notification that is about to enter its recipient's inbox; the number is drawn on the way. */
export type NewNotification = Pick<
  Notification,
  | (
      | "id"
      | "send_id"
      | "service_id"
      | "user_id"
      | "territory_id"
      | "category"
      | "priority"
      | "lane"
      | "title"
      | "message"
    )
  | ("redaction" | "status" | "created_at" | "expires_at" | "escalated_from" | "escalation" | "next_step_at")
>;

/** Puts a notification into its recipient's inbox, as a change of it, with its deliveries planned. */
export async function enqueue(
  trx: Transaction,
  notification: NewNotification,
  asked: string[] | null,
  available: string[],
): Promise<{ change: InboxChange; deliveries: Delivery[] }> {
  const { inboxId, seq } = await nextChange(trx, notification.user_id);
  const [deliveries] = await Promise.all([
    planRound(trx, notification, 0, asked, available),
    Notification.query(trx).insert({ ...notification, seq }),
  ]);
  return { change: { inboxId, seq, id: notification.id }, deliveries };
}

/** Plans a round of deliveries, by the recipient's wishes, with an event for each that is not made or passed over. */
export async function planRound(
  trx: Transaction,
  notification: Planned,
  round: number,
  asked: string[] | null,
  available: string[],
): Promise<Delivery[]> {
  const { user_id, category, priority } = notification;
  const [preferences, verified] = await Promise.all([
    readPreferences(trx, user_id),
    verifiedAddresses(trx, user_id),
  ]);
  const addresses = new Set(verified.keys());
  const planned = planDeliveries({
    category,
    priority,
    asked,
    available,
    preferences,
    addresses,
    now: new Date(),
  });
  const { deliveries, events } = roundRows(notification, round, planned);
  const inserted = await Delivery.query(trx).insert(deliveries);
  if (events.length > 0) await DeliveryEvent.query(trx).insert(events);
  return inserted;
}

type Planned = Pick<NewNotification, "id" | "user_id" | "territory_id" | "category" | "priority" | "status">;

/** The rows of a planned round: its deliveries, and the events for those that are not made or passed over. */
export function roundRows(
  {
    id: notification_id,
    user_id,
    territory_id,
    status,
  }: Pick<Planned, "id" | "user_id" | "territory_id" | "status">,
  round: number,
  planned: PlannedDelivery[],
) {
  const now = new Date();
  const common = { notification_id, user_id, territory_id };
  const rows = planned.map(({ channel, skip, holdUntil, overridden }, position) => {
    const reason = status === "expired" ? status : skip;
    const delivery = {
      ...{ ...common, id: uuidv7(), channel, position, round, reason },
      status: reason === null ? ("queued" as const) : ("skipped" as const),
      hold_until: holdUntil,
      created_at: now,
      updated_at: now,
      next_check_at: new Date((holdUntil ?? now).getTime() + CHECK_AFTER),
    };
    const told = { ...common, delivery_id: delivery.id, channel };
    const events = [
      ...(reason === null ? [] : [{ ...told, status: "skipped", reason }]),
      ...(overridden === null ? [] : [{ ...told, status: "overridden", reason: overridden }]),
    ];
    return { delivery, events };
  });
  return { deliveries: rows.map(({ delivery }) => delivery), events: rows.flatMap(({ events }) => events) };
}

/** How long the reconciler leaves a planned delivery to its workflow; ms. */
const CHECK_AFTER = 10_000;

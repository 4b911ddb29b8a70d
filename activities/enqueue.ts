import { v7 as uuidv7 } from "uuid";
import { nextChange } from "../store/inbox.ts";
import type { Transaction } from "../store/knex.ts";
import { Delivery } from "../store/models/Delivery.ts";
import { DeliveryEvent } from "../store/models/DeliveryEvent.ts";
import { Notification } from "../store/models/Notification.ts";
import { readPreferences, verifiedAddresses } from "../store/preferences.ts";
import { planDeliveries } from "./plan.ts";

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
): Promise<{ seq: number; deliveries: Delivery[] }> {
  const { seq } = await nextChange(trx, notification.user_id);
  await Notification.query(trx).insert({ ...notification, seq });
  return { seq, deliveries: await planRound(trx, notification, 0, asked, available) };
}

/** Plans a round of deliveries, by the recipient's wishes, with an event for each wish that is passed over. */
export async function planRound(
  trx: Transaction,
  { id, user_id, territory_id, category, priority, status }: NewNotification,
  round: number,
  asked: string[] | null,
  available: string[],
): Promise<Delivery[]> {
  const preferences = await readPreferences(trx, user_id);
  const addresses = new Set((await verifiedAddresses(trx, user_id)).keys());
  const now = new Date();
  const planned = planDeliveries({ category, priority, asked, available, preferences, addresses, now });
  const expired = status === "expired";
  const common = { notification_id: id, user_id, territory_id };
  const deliveries = await Delivery.query(trx).insert(
    planned.map(({ channel, skip, holdUntil }, position) => ({
      ...common,
      id: uuidv7(),
      channel,
      position,
      round,
      status: skip === null && !expired ? ("queued" as const) : ("skipped" as const),
      reason: expired ? "expired" : skip,
      hold_until: holdUntil,
      created_at: now,
      updated_at: now,
      next_check_at: new Date((holdUntil ?? now).getTime() + CHECK_AFTER),
    })),
  );
  const overridden = planned.flatMap(({ channel, overridden: reason }) =>
    reason === null ? [] : [{ ...common, channel, status: "overridden", reason }],
  );
  const skipped = deliveries
    .filter(({ status: planned }) => planned === "skipped")
    .map(({ id: delivery_id, channel, reason }) => ({
      ...common,
      delivery_id,
      channel,
      status: "skipped",
      reason,
    }));
  if (overridden.length + skipped.length > 0)
    await DeliveryEvent.query(trx).insert([...overridden, ...skipped]);
  return deliveries;
}

/** How long the reconciler leaves a planned delivery to its workflow; ms. */
const CHECK_AFTER = 10_000;

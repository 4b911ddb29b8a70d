import type { Knex } from "knex";
import { record } from "../audit/record.ts";
import { type InboxChange, nextChange } from "./inbox.ts";
import { actAs, type Actor, switchActor, type Transaction } from "../db/knex.ts";
import { Delivery } from "../models/Delivery.ts";
import { DeliveryEvent } from "../models/DeliveryEvent.ts";
import { Inbox } from "../models/Inbox.ts";
import { Notification } from "../models/Notification.ts";
import { Send } from "../models/Send.ts";

/** How a cancellation ended: nothing more will be sent, or something already was. */
export type CancelResult =
  { kind: "cancelled"; changes: InboxChange[] } | { kind: "too_late" } | { kind: "not_found" };

/**
 * Takes back a send for its sender. It succeeds only when nothing was sent and nothing will be; once a delivery has
 * been claimed it is too late. Cancelling again changes nothing.
 */
export async function cancel(knex: Knex, serviceId: string, id: string): Promise<CancelResult> {
  const actor: Actor = `service:${serviceId}`;
  return await actAs(knex, actor, async (trx) => {
    const send = await Send.query(trx).findById(id).forUpdate();
    if (send === undefined || send.user_id === null) return { kind: "not_found" };
    if (send.status === "cancelled") return { kind: "cancelled", changes: [] };
    const changes: InboxChange[] = [];
    if (send.status === "persisted") {
      // The service may only read the notification; its workflow may change it.
      await switchActor(trx, `worker:${id}`);
      const withdrawn = await withdraw(trx, id, send.user_id, "cancelled");
      if (withdrawn === null) return { kind: "too_late" };
      changes.push(...withdrawn);
      await switchActor(trx, actor);
    } else {
      await Send.query(trx).findById(id).patch({ status: "cancelled" });
    }
    await record(trx, actor, {
      action: "notification.cancel",
      outcome: "ok",
      territoryId: send.territory_id,
      objectId: id,
    });
    return { kind: "cancelled", changes };
  });
}

/** Notifications whose time is over, found by the relay. */
export function findExpired(knex: Knex): Promise<string[]> {
  return actAs(knex, "relay", async (trx) => {
    const rows = await Notification.query(trx)
      .select("id")
      .where("expires_at", "<=", new Date())
      .whereIn("status", ["sent", "delivered", "read"])
      .orderBy("expires_at")
      .limit(100);
    return rows.map(({ id }) => id);
  });
}

/** Ends a notification whose time is over, on record, and skips its deliveries that were not tried yet. */
export async function expire(knex: Knex, id: string): Promise<InboxChange[]> {
  const actor: Actor = `worker:${id}`;
  return await actAs(knex, actor, async (trx) => {
    const found = await Notification.query(trx).findById(id);
    if (found === undefined) return [];
    const changes = await withdraw(trx, id, found.user_id, "expired");
    if (changes === null || changes.length === 0) return [];
    await record(trx, actor, {
      action: "notification.expire",
      outcome: "ok",
      territoryId: found.territory_id,
      objectId: id,
    });
    return changes;
  });
}

/** Null when it is too late: a delivery was claimed (for a cancellation), or the notification is over already. */
async function withdraw(
  trx: Transaction,
  id: string,
  userId: string,
  status: "cancelled" | "expired",
): Promise<InboxChange[] | null> {
  await Inbox.query(trx).findOne({ user_id: userId }).forUpdate();
  const found = await Notification.query(trx).findById(id).forUpdate();
  if (found === undefined || found.status === "cancelled" || found.status === "expired") return [];
  const deliveries = await Delivery.query(trx).where({ notification_id: id }).forUpdate();
  const untouched = deliveries.every((delivery) => ["queued", "skipped"].includes(delivery.status));
  if (status === "cancelled" && !untouched) return null;
  if (status === "expired" && (found.acknowledged_at !== null || found.dismissed_at !== null)) return [];
  const { inboxId, seq } = await nextChange(trx, userId);
  await Notification.query(trx).findById(id).patch({ status, seq, next_step_at: null });
  const { territory_id } = found;
  const common = { notification_id: id, user_id: userId, territory_id, reason: status };
  for (const delivery of deliveries.filter((one) => one.status === "queued")) {
    await Delivery.query(trx)
      .findById(delivery.id)
      .patch({ status: "skipped", reason: status, updated_at: new Date() });
    await DeliveryEvent.query(trx).insert({
      ...common,
      delivery_id: delivery.id,
      channel: delivery.channel,
      status: "skipped",
    });
  }
  await DeliveryEvent.query(trx).insert({ ...common, status, reason: null });
  return [{ inboxId, seq, id }];
}

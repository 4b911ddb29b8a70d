import { raw } from "objection";
import { record } from "../audit/record.ts";
import type { Transaction } from "../db/knex.ts";
import { Delivery } from "../models/Delivery.ts";
import { DeliveryEvent } from "../models/DeliveryEvent.ts";
import { Inbox } from "../models/Inbox.ts";
import { Notification } from "../models/Notification.ts";

/** A change of one inbox. The bus carries it, so that nodes know that there is something to read. */
export interface InboxChange {
  inboxId: string;
  seq: number;
  id: string;
}

/** Position of the last change of a person's inbox; 0 when nothing ever came. */
export async function position(trx: Transaction, userId: string): Promise<number> {
  const inbox = await Inbox.query(trx).findOne({ user_id: userId });
  return inbox?.seq ?? 0;
}

/** The notifications that changed after `after`, in the order of change. A missing number was superseded by a later one. */
export function changesAfter(
  trx: Transaction,
  userId: string,
  after: number,
  limit: number,
): PromiseLike<Notification[]> {
  return Notification.query(trx)
    .where({ user_id: userId })
    .where("seq", ">", after)
    .orderBy("seq")
    .limit(limit);
}

/**
 * Draws the next number of an inbox under its row's lock, which is held to the end of the transaction: numbers commit
 * in their order, so a reader that saw one has seen all before it.
 */
export async function nextChange(
  trx: Transaction,
  userId: string,
): Promise<{ inboxId: string; seq: number }> {
  const inbox = await Inbox.query(trx)
    .where({ user_id: userId })
    .increment("seq", 1)
    .returning(["id", "seq"])
    .first();
  if (inbox === undefined) throw new Error("the recipient has no inbox");
  return { inboxId: inbox.id, seq: inbox.seq };
}

/**
 * Records the receipt, by one of a person's sockets, of everything stamped `from` < seq ≤ `to`. A late receipt turns
 * `accepted`, `skipped` and `unknown` into `delivered` too.
 * @returns the notifications newly delivered.
 */
export async function received(
  trx: Transaction,
  userId: string,
  from: number,
  to: number,
): Promise<string[]> {
  const waiting = await Notification.query(trx)
    .select("id")
    .where({ user_id: userId })
    .where("seq", ">", from)
    .where("seq", "<=", to)
    .whereNotIn("status", ["expired", "cancelled"])
    .whereExists(
      Delivery.query(trx)
        .where({ "deliveries.user_id": userId, channel: "websocket" })
        .whereNot("deliveries.status", "delivered")
        .whereColumn("notification_id", "notifications.id"),
    )
    .orderBy("id")
    .forUpdate();
  if (waiting.length === 0) return [];
  const arrived = await Delivery.query(trx)
    .patch({
      status: "delivered",
      reason: null,
      updated_at: new Date(),
      // Arrival in the inbox tells the sockets, so a receipt may come before the first attempt.
      attempts: raw("greatest(attempts, 1)"),
    })
    .whereIn(
      "notification_id",
      waiting.map(({ id }) => id),
    )
    .where({ channel: "websocket" })
    .whereNot("status", "delivered")
    .returning("*");
  if (arrived.length === 0) return [];
  const ids = arrived.map(({ notification_id }) => notification_id);
  await Promise.all([
    Notification.query(trx).patch({ status: "delivered" }).whereIn("id", ids).where({ status: "sent" }),
    DeliveryEvent.query(trx).insert(
      arrived.map((delivery) => ({
        notification_id: delivery.notification_id,
        delivery_id: delivery.id,
        user_id: userId,
        territory_id: delivery.territory_id,
        channel: "websocket",
        status: "delivered",
        attempt: delivery.attempts,
      })),
    ),
    record(
      trx,
      `user:${userId}`,
      ...arrived.map((delivery) => ({
        action: "delivery.receive" as const,
        outcome: "ok" as const,
        territoryId: delivery.territory_id,
        objectId: delivery.notification_id,
        payload: { delivery_id: delivery.id, channel: "websocket", status: "delivered" },
      })),
    ),
  ]);
  return ids;
}

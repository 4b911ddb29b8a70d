import type { Knex } from "knex";
import { v7 as uuidv7 } from "uuid";
import { redact, type Redaction } from "./redact.ts";
import { record } from "../store/audit.ts";
import { nextChange } from "../store/inbox.ts";
import { actAs, type Actor, type Transaction } from "../store/knex.ts";
import { Delivery } from "../store/models/Delivery.ts";
import { DeliveryEvent } from "../store/models/DeliveryEvent.ts";
import { Notification } from "../store/models/Notification.ts";
import { Send } from "../store/models/Send.ts";
import type { Sealer } from "../store/sealing.ts";

/** What is to be done for a notification, in ids alone: it goes into the workflow's history. */
export interface Plan {
  /** ISO time before which nothing is written or sent; ask again then. */
  holdUntil?: string;
  deliveries: { deliveryId: string; channel: string }[];
  /** Somebody has to acknowledge it. */
  critical: boolean;
}

export interface PersistDeps {
  knex: Knex;
  sealer: Sealer;
  onStep: (step: string) => void;
}

const NOTHING: Plan = { deliveries: [], critical: false };

/**
 * Redacts a send, then writes its notification, deliveries, place in the inbox and record in one transaction.
 * Run again, it returns the stored plan. It throws only what is worth another try.
 */
export function createPersist({ knex, sealer, onStep }: PersistDeps) {
  return async function persist(id: string): Promise<Plan> {
    const actor: Actor = `worker:${id}`;
    const send = await actAs(knex, actor, (trx) => Send.query(trx).findById(id));
    if (send === undefined || send.status === "cancelled") return NOTHING;
    if (send.send_at !== null && send.send_at > new Date())
      return { ...NOTHING, holdUntil: send.send_at.toISOString() };
    const redaction = send.status === "accepted" ? redact(sealer, send) : null;
    const plan = await actAs(knex, actor, async (trx) => {
      const current = await Send.query(trx).findById(id).forUpdate();
      if (current === undefined || current.status === "cancelled") return NOTHING;
      if (current.status === "persisted" || redaction === null) return storedPlan(trx, id);
      return write(trx, actor, current, redaction);
    });
    onStep("persist.committed");
    return plan;
  };
}

async function write(
  trx: Transaction,
  actor: Actor,
  send: Send,
  { title, message, rules }: Redaction,
): Promise<Plan> {
  const { id, user_id, territory_id, priority } = send;
  const expired = send.expires_at !== null && send.expires_at <= new Date();
  const { seq } = await nextChange(trx, user_id);
  await Notification.query(trx).insert({
    id,
    send_id: id,
    service_id: send.service_id,
    user_id,
    territory_id,
    category: send.category,
    priority,
    title,
    message,
    redaction: rules,
    status: expired ? "expired" : "sent",
    seq,
    created_at: send.send_at ?? send.created_at,
    expires_at: send.expires_at,
  });
  const deliveries = (send.channels ?? ["websocket"]).map((channel, position) => ({
    id: uuidv7(),
    notification_id: id,
    user_id,
    territory_id,
    channel,
    position,
    status: expired ? ("skipped" as const) : ("queued" as const),
    reason: expired ? "expired" : null,
    created_at: new Date(),
  }));
  await Delivery.query(trx).insert(deliveries);
  const common = { notification_id: id, user_id, territory_id };
  await DeliveryEvent.query(trx).insert([
    { ...common, status: "accepted", at: send.created_at },
    { ...common, status: expired ? "expired" : "sent" },
  ]);
  await Send.query(trx).findById(id).patch({ status: "persisted" });
  await record(trx, actor, {
    action: "notification.persist",
    outcome: "ok",
    territoryId: territory_id,
    objectId: id,
    payload: { seq, redacted: Object.values(rules.counts).reduce((sum, count) => sum + count, 0) },
  });
  return planOf(expired ? [] : deliveries, priority === "critical" && !expired);
}

async function storedPlan(trx: Transaction, id: string): Promise<Plan> {
  const notification = await Notification.query(trx).findById(id);
  const deliveries = await Delivery.query(trx).where({ notification_id: id }).orderBy("position");
  return planOf(deliveries, notification?.priority === "critical");
}

const planOf = (deliveries: { id: string; channel: string }[], critical: boolean): Plan => ({
  deliveries: deliveries.map(({ id, channel }) => ({ deliveryId: id, channel })),
  critical,
});

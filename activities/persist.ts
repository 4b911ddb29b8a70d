import type { Knex } from "knex";
import type { Registry } from "../channels/registry.ts";
import { record } from "../store/audit.ts";
import { findRules, stepDue } from "../store/escalation.ts";
import { actAs, type Actor, type Transaction } from "../store/knex.ts";
import { DeliveryEvent } from "../store/models/DeliveryEvent.ts";
import { Notification } from "../store/models/Notification.ts";
import { Send } from "../store/models/Send.ts";
import type { Sealer } from "../store/sealing.ts";
import { enqueue, type NewNotification } from "./enqueue.ts";
import { redact, type Redaction } from "./redact.ts";
import { groupsOf, msUntil, NO_WORK, type Work, workLeft } from "./work.ts";

/** What to do for a notification, or when to ask again. */
export interface Plan extends Work {
  /** ISO time before which nothing is written or sent. */
  holdUntil?: string;
}

export interface PersistDeps {
  knex: Knex;
  sealer: Sealer;
  channels: Pick<Registry, "names">;
  onStep: (step: string) => void;
}

/**
 * Redacts a send, then writes its notification, deliveries, place in the inbox and record in one transaction.
 * Run again, it returns the stored plan. It throws only what is worth another try.
 */
export function createPersist({ knex, sealer, channels, onStep }: PersistDeps) {
  return async function persist(id: string): Promise<Plan> {
    const actor: Actor = `worker:${id}`;
    const send = await actAs(knex, actor, (trx) => Send.query(trx).findById(id));
    if (send?.status === "cancelled") return NO_WORK;
    // An escalated copy has no send of its own; whoever starts its workflow wants what is left of it done.
    if (send === undefined) return await actAs(knex, actor, (trx) => workLeft(trx, id));
    if (send.send_at !== null && send.send_at > new Date()) {
      return { ...NO_WORK, holdUntil: send.send_at.toISOString() };
    }
    const redaction = send.status === "accepted" ? redact(sealer, send) : null;
    const plan = await actAs(knex, actor, async (trx) => {
      const current = await Send.query(trx).findById(id).forUpdate();
      if (current === undefined || current.status === "cancelled") return NO_WORK;
      if (current.status === "persisted" || redaction === null) return await workLeft(trx, id);
      return write(trx, actor, current, redaction, channels.names());
    });
    onStep("persist.committed");
    return plan;
  };
}

async function write(
  trx: Transaction,
  actor: Actor,
  send: Send,
  redaction: Redaction,
  available: string[],
): Promise<Plan> {
  const { id, user_id, territory_id, category, priority, service_id, expires_at } = send;
  if (user_id === null) throw new Error("a broadcast has a workflow of its own");
  const expired = expires_at !== null && expires_at <= new Date();
  const escalation = expired ? null : await findRules(trx, send);
  const notification: NewNotification = {
    ...{ id, send_id: id, service_id, user_id, territory_id, category, priority, expires_at, escalation },
    title: redaction.title,
    message: redaction.message,
    redaction: redaction.rules,
    status: expired ? "expired" : "sent",
    created_at: send.send_at ?? send.created_at,
    escalated_from: null,
    next_step_at: escalation === null ? null : stepDue(escalation, 0, new Date()),
  };
  const { seq, deliveries } = await enqueue(trx, notification, send.channels, available);
  const common = { notification_id: id, user_id, territory_id };
  await DeliveryEvent.query(trx).insert([
    { ...common, status: "accepted", at: send.created_at },
    { ...common, status: notification.status },
  ]);
  await Send.query(trx).findById(id).patch({ status: "persisted" });
  await record(trx, actor, {
    action: "notification.persist",
    outcome: "ok",
    territoryId: territory_id,
    objectId: id,
    payload: { seq, redacted: Object.values(redaction.rules.counts).reduce((sum, count) => sum + count, 0) },
  });
  const open = deliveries.filter(({ status }) => status === "queued");
  return { groups: groupsOf(open), nextMs: msUntil(notification.next_step_at) };
}

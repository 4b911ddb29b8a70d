import type { Knex } from "knex";
import type { Registry } from "../../channels/registry.ts";
import type { Bridge } from "../../channels/websocket/bridge.ts";
import { record } from "../../store/audit/record.ts";
import type { InboxChange } from "../../store/notifications/inbox.ts";
import { actAs, type Actor, type Transaction } from "../../store/db/knex.ts";
import { DeliveryEvent } from "../../store/models/DeliveryEvent.ts";
import { Send } from "../../store/models/Send.ts";
import { arrivalOf } from "./arrival.ts";
import { enqueue } from "./enqueue.ts";
import { readIntake } from "./intake.ts";
import { redact, type RedactDeps, type Redaction } from "./redact.ts";
import { groupsOf, msUntil, NO_WORK, type Work, workLeft } from "../work.ts";

/** What to do for a notification, or when to ask again. */
export interface Plan extends Work {
  /** ISO time before which nothing is written or sent. */
  holdUntil?: string;
}

export interface PersistDeps extends RedactDeps {
  knex: Knex;
  channels: Pick<Registry, "names">;
  bridge: Pick<Bridge, "publish">;
  onStep: (step: string) => void;
}

/** What was written, and the change of the inbox that it made; null when it had been written before. */
interface Persisted {
  plan: Plan;
  change: InboxChange | null;
}

/**
 * Redacts a send, then writes its notification, deliveries, place in the inbox and record in one transaction, and tells
 * the recipient's sockets of it: most are shown it before its delivery on the live channel is attempted, which then
 * finds the receipt. Run again, it returns the stored plan. It throws only what is worth another try.
 */
export function createPersist({ knex, channels, bridge, onStep, ...redactDeps }: PersistDeps) {
  return async function persist(id: string): Promise<Plan> {
    const actor: Actor = `worker:${id}`;
    const intake = await actAs(knex, actor, (trx) => readIntake(trx, id));
    // An escalated copy has no send of its own; whoever starts its workflow wants what is left of it done.
    if (intake === null) return await actAs(knex, actor, (trx) => workLeft(trx, id));
    const { send, settings } = intake;
    if (send.status === "cancelled") return NO_WORK;
    if (send.send_at !== null && send.send_at > new Date()) {
      return { ...NO_WORK, holdUntil: send.send_at.toISOString() };
    }
    const redaction = send.status === "accepted" ? await redact(redactDeps, send, settings) : null;
    const { plan, change } = await actAs(knex, actor, async (trx): Promise<Persisted> => {
      const current = await Send.query(trx).findById(id).forUpdate();
      if (current === undefined || current.status === "cancelled") return { plan: NO_WORK, change: null };
      if (current.status === "persisted" || redaction === null) {
        return { plan: await workLeft(trx, id), change: null };
      }
      return write(trx, actor, current, redaction, channels.names());
    });
    onStep("persist.committed");
    // Best effort: the delivery on the live channel says it again, and waits for the receipt.
    if (change !== null) bridge.publish(change.inboxId, { seq: change.seq, id }).catch(() => undefined);
    return plan;
  };
}

async function write(
  trx: Transaction,
  actor: Actor,
  send: Send,
  redaction: Redaction,
  available: string[],
): Promise<Persisted> {
  const { id, user_id, territory_id } = send;
  if (user_id === null) throw new Error("a broadcast has a workflow of its own");
  const notification = { id, user_id, ...(await arrivalOf(trx, send, redaction)) };
  const { change, deliveries } = await enqueue(trx, notification, send.channels, available);
  const common = { notification_id: id, user_id, territory_id };
  const redacted = Object.values(redaction.rules.counts).reduce((sum, count) => sum + count, 0);
  await Promise.all([
    DeliveryEvent.query(trx).insert([
      { ...common, status: "accepted", at: send.created_at },
      { ...common, status: notification.status },
    ]),
    Send.query(trx).findById(id).patch({ status: "persisted" }),
    record(trx, actor, {
      action: "notification.persist",
      outcome: "ok",
      territoryId: territory_id,
      objectId: id,
      payload: { seq: change.seq, redacted },
    }),
  ]);
  const open = deliveries.filter(({ status }) => status === "queued");
  return { plan: { groups: groupsOf(open), nextMs: msUntil(notification.next_step_at) }, change };
}

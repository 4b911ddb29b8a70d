import type { Knex } from "knex";
import { v5 as uuidv5 } from "uuid";
import type { NotificationStatus } from "../channels/contract.ts";
import type { Registry } from "../channels/registry.ts";
import { record } from "../store/audit/record.ts";
import { type EscalationStep, stepAt, stepDue } from "../store/notifications/escalation.ts";
import { nextChange } from "../store/notifications/inbox.ts";
import { actAs, type Actor, type Transaction } from "../store/db/knex.ts";
import { DeliveryEvent } from "../store/models/DeliveryEvent.ts";
import { Inbox } from "../store/models/Inbox.ts";
import { Notification } from "../store/models/Notification.ts";
import { Membership } from "../store/models/User.ts";
import { enqueue, planRound } from "./arrival/enqueue.ts";
import { NO_WORK, type Work, workLeft } from "./work.ts";

/** It is acknowledged by enough people when no step is to come any more; one acknowledgement may not be enough. */
const OVER = new Set<NotificationStatus>(["expired", "cancelled"]);

/** Copies get their ids from what they are copies of: a step that is taken twice makes none twice. */
const copyId = (rootId: string, userId: string): string => uuidv5(userId, rootId);

/**
 * Takes the escalation step that is due, if one is. The database decides: the step locks the notification and looks
 * whether it was handled meanwhile. Asked again, it answers the deliveries that are still open.
 */
export function createEscalate({ knex, channels }: { knex: Knex; channels: Pick<Registry, "names"> }) {
  return async function escalate(id: string): Promise<Work> {
    const actor: Actor = `worker:${id}`;
    return await actAs(knex, actor, async (trx) => {
      const seen = await Notification.query(trx).findById(id);
      if (seen === undefined || !isWaiting(seen)) return NO_WORK;
      const step = isDue(seen) ? stepAt(seen.escalation, seen.next_step) : null;
      const targets = step === null ? [] : await targetsOf(trx, seen, step);
      await Inbox.query(trx).whereIn("user_id", targets).orderBy("id").forUpdate();
      const root = await Notification.query(trx).findById(id).forUpdate();
      if (root === undefined || !isWaiting(root)) return NO_WORK;
      if (step !== null && root.next_step === seen.next_step) {
        await take(trx, actor, root, step, targets, channels.names());
      }
      return await workLeft(trx, id);
    });
  };
}

type Waiting = Notification & { escalation: NonNullable<Notification["escalation"]>; next_step_at: Date };

const isWaiting = (notification: Notification): notification is Waiting =>
  notification.escalation !== null && notification.next_step_at !== null && !OVER.has(notification.status);

const isDue = ({ next_step_at }: Waiting): boolean => next_step_at <= new Date();

/** The people whom a step tells, as they are in the territory now. */
async function targetsOf(trx: Transaction, root: Waiting, { to }: EscalationStep): Promise<string[]> {
  if ("recipient" in to) return [root.user_id];
  const members = Membership.query(trx).where({ territory_id: root.territory_id }).distinct("user_id");
  if ("role" in to) void members.where({ role: to.role });
  else void members.where({ user_id: to.user_id });
  return (await members).map(({ user_id }) => user_id);
}

async function take(
  trx: Transaction,
  actor: Actor,
  root: Waiting,
  step: EscalationStep,
  targets: string[],
  available: string[],
): Promise<void> {
  const number = root.next_step + 1;
  for (const userId of targets) await tell(trx, root, userId, number, step.channels ?? null, available);
  await Notification.query(trx)
    .findById(root.id)
    .patch({ next_step: number, next_step_at: stepDue(root.escalation, number, new Date()) });
  const { id, user_id, territory_id } = root;
  const whom = "recipient" in step.to ? "recipient" : "role" in step.to ? step.to.role : "person";
  const reason = targets.length > 0 ? `to_${whom}` : "to_nobody";
  await DeliveryEvent.query(trx).insert({
    notification_id: id,
    user_id,
    territory_id,
    status: "escalated",
    reason,
    attempt: number,
  });
  await record(trx, actor, {
    action: "notification.escalate",
    outcome: targets.length > 0 ? "ok" : "failed",
    territoryId: territory_id,
    objectId: id,
    payload: { step: number, to: whom, people: targets.length },
  });
}

/** Tells one person: by a copy in the own inbox the first time, by another round of deliveries after that. */
async function tell(
  trx: Transaction,
  root: Waiting,
  userId: string,
  round: number,
  asked: string[] | null,
  available: string[],
): Promise<void> {
  const id = userId === root.user_id ? root.id : copyId(root.id, userId);
  const there = await Notification.query(trx).findById(id).forUpdate();
  if (there !== undefined) {
    if (there.acknowledged_at !== null) return;
    const { seq } = await nextChange(trx, userId);
    await there.$query(trx).patch({ seq });
    await planRound(trx, there, round, asked, available);
    return;
  }
  const { send_id, service_id, territory_id, category, priority, lane } = root;
  const { title, message, redaction, expires_at } = root;
  await enqueue(
    trx,
    {
      ...{ id, send_id, service_id, user_id: userId, territory_id, category, priority, lane },
      ...{ title, message, redaction, expires_at },
      status: "sent",
      created_at: new Date(),
      escalated_from: root.id,
      escalation: null,
      next_step_at: null,
    },
    asked,
    available,
  );
  await DeliveryEvent.query(trx).insert({
    notification_id: id,
    user_id: userId,
    territory_id,
    status: "sent",
  });
}

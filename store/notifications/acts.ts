import { record } from "../audit/record.ts";
import { type InboxChange, nextChange } from "./inbox.ts";
import { actAs, switchActor, type Transaction } from "../db/knex.ts";
import { DeliveryEvent } from "../models/DeliveryEvent.ts";
import { Inbox } from "../models/Inbox.ts";
import { Notification } from "../models/Notification.ts";
import type { Knex } from "knex";

/** An act of a recipient on a notification; a snooze lasts until `until`. */
export type Act = { kind: "read" | "acknowledge" | "dismiss" } | { kind: "snooze"; until: Date };

/** How an act ended. `done` without changes: it had been done before. */
export type ActResult =
  | {
      kind: "done";
      notification: Notification;
      changes: InboxChange[];
      /** The workflow to tell. */
      rootId: string;
    }
  | { kind: "not_found" }
  | { kind: "conflict"; detail: string };

/** A step may tell colleagues while somebody acknowledges. The act then begins anew, with their copies too. */
const MAX_TRIES = 5;

/**
 * Applies a recipient's act. It locks the inboxes concerned, then the notifications, and decides by what it finds: the
 * database, not the workflow, says whether an alert is acknowledged. Acknowledging a notification or a copy of it
 * acknowledges all of them. Doing one's own act again changes nothing.
 */
export async function act(knex: Knex, userId: string, id: string, what: Act): Promise<ActResult> {
  for (let tries = 1; ; tries += 1) {
    const result = await actAs(knex, `user:${userId}`, (trx) => tryAct(trx, userId, id, what));
    if (result !== "grown") return result;
    if (tries === MAX_TRIES)
      return { kind: "conflict", detail: "It is being escalated just now; try again." };
  }
}

async function tryAct(trx: Transaction, userId: string, id: string, what: Act): Promise<ActResult | "grown"> {
  const own = await Notification.query(trx).findById(id).where({ user_id: userId });
  if (own === undefined) return { kind: "not_found" };
  const rootId = own.escalated_from ?? id;
  const family =
    what.kind === "acknowledge" ? await lockFamily(trx, userId, rootId) : await lockOwn(trx, userId, id);
  if (family === "grown") return "grown";
  const found = family.find((one) => one.id === id);
  if (found === undefined) return { kind: "not_found" };
  const decision = decide(found, what);
  if (decision === "done") return { kind: "done", notification: found, changes: [], rootId };
  if ("conflict" in decision) return { kind: "conflict", detail: decision.conflict };

  const changes = [await apply(trx, found, decision, userId)];
  if (what.kind === "acknowledge") changes.push(...(await settleFamily(trx, family, found, userId)));
  await switchActor(trx, `user:${userId}`);
  await record(trx, `user:${userId}`, {
    action: `notification.${what.kind}`,
    outcome: "ok",
    territoryId: found.territory_id,
    objectId: id,
    payload: { status: decision.status ?? found.status, root_id: rootId, notifications: changes.length },
  });
  const notification = Object.assign(found, decision, { seq: changes[0]?.seq ?? found.seq });
  return { kind: "done", notification, changes, rootId };
}

async function lockOwn(trx: Transaction, userId: string, id: string): Promise<Notification[]> {
  await Inbox.query(trx).findOne({ user_id: userId }).forUpdate();
  return await Notification.query(trx).where({ id, user_id: userId }).forUpdate();
}

/**
 * Locks the inboxes, then the notifications, of a notification and its copies, in id order. Other people
 * own them, so the workflow acts here; the caller was found to own one of them before.
 */
async function lockFamily(
  trx: Transaction,
  userId: string,
  rootId: string,
): Promise<Notification[] | "grown"> {
  await switchActor(trx, `worker:${rootId}`);
  const family = () =>
    Notification.query(trx).where({ id: rootId }).orWhere({ escalated_from: rootId }).orderBy("id");
  const seen = await family();
  const people = [...new Set([userId, ...seen.map(({ user_id }) => user_id)])];
  await Inbox.query(trx).whereIn("user_id", people).orderBy("id").forUpdate();
  const locked = await family().forUpdate();
  return locked.length === seen.length ? locked : "grown";
}

/** Once enough people have acknowledged, nobody else has to, and nothing escalates any more. */
async function settleFamily(
  trx: Transaction,
  family: Notification[],
  own: Notification,
  userId: string,
): Promise<InboxChange[]> {
  const root = family.find(({ escalated_from }) => escalated_from === null) ?? own;
  const acknowledged = family.filter((one) => one.acknowledged_at !== null || one.id === own.id);
  if (acknowledged.length < (root.escalation?.acknowledgers ?? 1)) return [];
  await Notification.query(trx).findById(root.id).patch({ next_step_at: null });
  const changes: InboxChange[] = [];
  for (const other of family.filter(
    (one) => !acknowledged.includes(one) && !isOver(one) && one.dismissed_at === null,
  )) {
    const now = new Date();
    changes.push(
      await apply(
        trx,
        other,
        { status: "acknowledged", acknowledged_at: now, acknowledged_by: userId },
        userId,
      ),
    );
  }
  return changes;
}

async function apply(
  trx: Transaction,
  found: Notification,
  patch: Partial<Notification>,
  userId: string,
): Promise<InboxChange> {
  const { id, user_id, territory_id } = found;
  const { inboxId, seq } = await nextChange(trx, user_id);
  await Notification.query(trx)
    .findById(id)
    .patch({ ...patch, seq });
  const reason = user_id === userId ? null : "by_colleague";
  const status = patch.snoozed_until === undefined ? (patch.status ?? found.status) : "snoozed";
  await DeliveryEvent.query(trx).insert({ notification_id: id, user_id, territory_id, status, reason });
  return { inboxId, seq, id };
}

const isOver = ({ status }: Notification): boolean => status === "expired" || status === "cancelled";

/** `sent → delivered → read → acknowledged | dismissed`; or `expired`, `cancelled`, which nothing follows. */
function decide(found: Notification, act: Act): "done" | { conflict: string } | Partial<Notification> {
  const now = new Date();
  const handled = found.acknowledged_at !== null || found.dismissed_at !== null;
  switch (act.kind) {
    case "read":
      return found.read_at !== null || isOver(found) || handled ? "done" : { status: "read", read_at: now };
    case "acknowledge":
      if (found.acknowledged_at !== null) return "done";
      if (isOver(found) || found.dismissed_at !== null) return { conflict: `It is ${found.status} already.` };
      return {
        status: "acknowledged",
        acknowledged_at: now,
        acknowledged_by: found.user_id,
        read_at: found.read_at ?? now,
      };
    case "dismiss":
      if (found.dismissed_at !== null || isOver(found)) return "done";
      if ((found.priority === "critical" || found.escalation !== null) && found.acknowledged_at === null) {
        return { conflict: "This notification must be acknowledged before it can be dismissed." };
      }
      return { status: "dismissed", dismissed_at: now, read_at: found.read_at ?? now };
    case "snooze":
      if (isOver(found) || handled) return { conflict: `It is ${found.status} already.` };
      return found.snoozed_until?.getTime() === act.until.getTime() ? "done" : { snoozed_until: act.until };
  }
}

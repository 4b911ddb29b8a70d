import type { Transaction } from "../store/db/knex.ts";
import { Delivery } from "../store/models/Delivery.ts";
import { Notification } from "../store/models/Notification.ts";

/** One recipient's deliveries of one round: tried in turn until one is on its way. */
export interface Group {
  notificationId: string;
  deliveries: { deliveryId: string; channel: string }[];
}

/** What a workflow has to do, in ids alone: it goes into its history. */
export interface Work {
  /** Side by side. */
  groups: Group[];
  /** ms until to ask for more; null when nothing is left to wait for. */
  nextMs: number | null;
}

export const NO_WORK: Work = { groups: [], nextMs: null };

/**
 * What the database knows to be left of a notification and its escalated copies; what is delivered once more has a
 * workflow of its own.
 */
export async function workLeft(trx: Transaction, rootId: string): Promise<Work> {
  const family = Notification.query(trx)
    .select("id")
    .where({ id: rootId })
    .orWhere({ escalated_from: rootId });
  const open = await Delivery.query(trx)
    .whereIn("status", ["queued", "claimed"])
    .whereIn("notification_id", family)
    .whereNull("redelivery_of")
    .orderBy(["notification_id", "round", "position"]);
  const root = await Notification.query(trx).findById(rootId).select("next_step_at");
  return { groups: groupsOf(open), nextMs: msUntil(root?.next_step_at ?? null) };
}

/** Deliveries, a group a notification and round. */
export function groupsOf(deliveries: Delivery[]): Group[] {
  const groups = Map.groupBy(deliveries, ({ notification_id, round }) => `${notification_id} ${round}`);
  return [...groups.values()].map((group) => ({
    notificationId: group[0]?.notification_id ?? "",
    deliveries: group.map(({ id, channel }) => ({ deliveryId: id, channel })),
  }));
}

export const msUntil = (at: Date | null): number | null =>
  at === null ? null : Math.max(0, at.getTime() - Date.now());

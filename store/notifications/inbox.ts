import type { Transaction } from "../db/knex.ts";
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

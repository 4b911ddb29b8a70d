import type { Knex } from "knex";
import type { InboxCounts } from "../../channels/contract.ts";
import type { Transaction } from "../db/knex.ts";
import { call } from "../db/transitions.ts";
import { Inbox } from "../models/Inbox.ts";
import { Notification } from "../models/Notification.ts";
import { countInbox } from "./counts.ts";

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

/** Changes before the position among which a socket looks for what no page has shown. */
const LOOKS_BACK = 1_000;
/** What a page is to show and has not. */
const UNSEEN = "seen_at IS NULL AND digest IS NULL AND status NOT IN ('expired', 'cancelled')";

/**
 * Where a socket of a person begins: the position of the inbox, the last number before the first of its recent changes that
 * no page has shown, and how much of it needs the person.
 */
export async function begin(
  trx: Transaction,
  userId: string,
): Promise<{ position: number; seenTo: number; counts: InboxCounts }> {
  const { rows } = await trx.raw(
    `SELECT seq AS position, coalesce((SELECT min(notifications.seq) - 1 FROM notifications
       WHERE user_id = inboxes.user_id AND notifications.seq > inboxes.seq - ${LOOKS_BACK} AND ${UNSEEN}), seq) AS seen_to
     FROM inboxes WHERE user_id = :userId`,
    { userId },
  );
  const [found = { position: 0, seen_to: 0 }] = rows;
  const counts = await countInbox(trx, userId);
  return { position: Number(found.position), seenTo: Number(found.seen_to), counts };
}

/** The same for a page of another system, of whose territory alone it knows: for the actor set before, its last change. */
export async function beginWithin(
  trx: Transaction,
  userId: string,
): Promise<{ position: number; seenTo: number; counts: InboxCounts }> {
  const position = await positionWithin(trx, userId);
  const first = await Notification.query(trx)
    .where({ user_id: userId })
    .where("seq", ">", position - LOOKS_BACK)
    .whereRaw(UNSEEN)
    .min("seq as seq")
    .first();
  const counts = await countInbox(trx, userId);
  const unseen = first?.seq ?? null;
  return { position, seenTo: unseen === null ? position : unseen - 1, counts };
}

/** The last change that the actor set before can read. */
export async function positionWithin(trx: Transaction, userId: string): Promise<number> {
  const last = await Notification.query(trx)
    .where({ user_id: userId })
    .orderBy("seq", "desc")
    .select("seq")
    .first();
  return last?.seq ?? 0;
}

/**
 * The notifications that changed after `after`, in the order of change, and the inbox's counts with them. A missing number was
 * superseded by a later one.
 * @param token the subject token by which a page of another system reads
 */
export async function changesAfter(
  knex: Knex,
  userId: string,
  after: number,
  limit: number,
  token: string | null = null,
): Promise<{ changes: Notification[]; counts: InboxCounts }> {
  const read = await call<{ changes: object[]; counts: InboxCounts }>(
    knex,
    "read_changes",
    userId,
    after,
    limit,
    token,
  );
  return { changes: read.changes.map((row) => Notification.fromAnswer(row)), counts: read.counts };
}

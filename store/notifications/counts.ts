import type { Transaction } from "../db/knex.ts";

/** How much of a person's inbox needs them. */
export interface InboxCounts {
  /** Critical ones that nobody has acknowledged yet, the snoozed ones too: escalation does not wait for them. */
  unacknowledged_critical: number;
  /** Not read yet, without those that are snoozed. */
  unread: number;
  /** Neither dismissed, nor expired or cancelled. */
  open: number;
}

/** Counts a person's own inbox; row-level security would show a supervisor the whole territory. */
export async function countInbox(trx: Transaction, userId: string): Promise<InboxCounts> {
  const {
    rows: [counts],
  } = await trx.raw(
    `SELECT count(*) FILTER (WHERE priority = 'critical' AND status IN ('sent', 'delivered', 'read')) AS unacknowledged_critical,
       count(*) FILTER (WHERE status IN ('sent', 'delivered')
         AND (snoozed_until IS NULL OR snoozed_until <= clock_timestamp())) AS unread,
       count(*) AS open
     FROM notifications WHERE user_id = :userId AND status NOT IN ('dismissed', 'expired', 'cancelled')`,
    { userId },
  );
  return counts;
}

import type { Knex } from "knex";
import { call } from "../db/transitions.ts";
import type { InboxChange } from "../notifications/inbox.ts";

/** How a cancellation ended: nothing more will be sent, or somebody acted on it or was sent something outside. */
export type CancelResult =
  { kind: "cancelled"; changes: InboxChange[] } | { kind: "too_late" } | { kind: "not_found" };

/** Takes back a send, with its escalated copies, for the service that made it. Cancelling again changes nothing. */
export const cancel = (knex: Knex, serviceId: string, id: string): Promise<CancelResult> =>
  call(knex, "cancel", serviceId, id);

/** Ends a notification whose time is over, on record, and skips its deliveries that were not tried yet. */
export const expire = (knex: Knex, id: string): Promise<InboxChange[]> => call(knex, "expire", id);

/** Inboxes that are locked at a time. */
const PAGE = 100;

interface CancelledPage {
  kind: "cancelled";
  changes: InboxChange[];
  more: boolean;
  reached?: number;
  notReached?: number;
}

/** Of the people whom a broadcast was for, those whom it had got to when it was taken back, and the others. */
export interface CancelledBroadcast {
  reached: number;
  notReached: number;
}

/**
 * Takes back a broadcast for the service that made it, a page of inboxes at a time; null where there is none. Cancelling again goes on
 * where an earlier call ended.
 * @param changed hears of each page's changes
 */
export async function cancelBroadcast(
  knex: Knex,
  serviceId: string,
  id: string,
  changed: (changes: InboxChange[]) => void,
): Promise<CancelledBroadcast | null> {
  for (;;) {
    const page = await call<CancelledPage | { kind: "not_found" }>(
      knex,
      "cancel_broadcast",
      serviceId,
      id,
      PAGE,
    );
    if (page.kind === "not_found") return null;
    changed(page.changes);
    if (!page.more) return { reached: page.reached ?? 0, notReached: page.notReached ?? 0 };
  }
}

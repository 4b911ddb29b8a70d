import type { Knex } from "knex";
import { call } from "../db/transitions.ts";
import type { InboxChange } from "../notifications/inbox.ts";
import { followSoon } from "./follow.ts";

/**
 * How a cancellation ended. `cancelled`: nothing more is sent; `waits`: its workflow waited for a time or a step, so it is to be told. `too_late`: somebody acted on it, or an outside channel took it. `joined`: it
 * is part of another alert.
 */
export type CancelResult =
  | { kind: "cancelled"; changes: InboxChange[]; waits: boolean }
  | { kind: "too_late" }
  | { kind: "joined" }
  | { kind: "not_found" };

/** Takes back a send, with its escalated copies, for the service that made it. Cancelling again changes nothing. */
export async function cancel(knex: Knex, serviceId: string, id: string): Promise<CancelResult> {
  const answer = await call<CancelResult & { behind?: boolean }>(knex, "cancel", serviceId, id);
  const { behind = false, ...result } = answer;
  if (result.kind !== "cancelled" || !behind) return result;
  return { ...result, changes: [...result.changes, ...(await followSoon(knex, id))] };
}

/**
 * Ends a notification whose time is over, on record, and skips its deliveries that were not tried yet.
 * @returns `waits`: its workflow waited for a step, so it is to be told
 */
export const expire = (knex: Knex, id: string): Promise<{ changes: InboxChange[]; waits: boolean }> =>
  call(knex, "expire", id);

/** Inboxes that are locked at a time. */
const PAGE = 100;

type CancelledPage = { kind: "cancelled"; changes: InboxChange[]; waits: boolean } & (
  { more: true } | { more: false; reached: number; notReached: number }
);

/** How many of a broadcast's people it had reached when it was taken back, how many it had not, and whether its workflow was at work on it. */
export interface CancelledBroadcast {
  reached: number;
  notReached: number;
  waits: boolean;
}

/**
 * Takes back a broadcast for the service that made it, a page of inboxes at a time; null where there is none. Cancelling again goes on
 * where an earlier call ended.
 * @param changed is called with each page's changes
 */
export async function cancelBroadcast(
  knex: Knex,
  serviceId: string,
  id: string,
  changed: (changes: InboxChange[]) => void,
): Promise<CancelledBroadcast | null> {
  for (let waits = false; ;) {
    const page: CancelledPage | { kind: "not_found" } = await call<CancelledPage | { kind: "not_found" }>(
      knex,
      "cancel_broadcast",
      serviceId,
      id,
      PAGE,
    );
    if (page.kind === "not_found") return null;
    changed(page.changes);
    waits ||= page.waits;
    if (!page.more) return { reached: page.reached, notReached: page.notReached, waits };
  }
}

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

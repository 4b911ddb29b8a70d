import type { Knex } from "knex";
import { call } from "../db/transitions.ts";
import type { InboxChange } from "../notifications/inbox.ts";

/** An alert that its service said is over. */
export interface Resolved {
  notification_id: string;
  territory_id: string;
  /** ISO. */
  resolved_at: string;
}

/**
 * Ends the alert of a problem for the service that sent it, and what is still on its way with its key. Resolving again changes nothing.
 * @param hash of the problem's dedup key
 * @returns no alert where nothing was sent with the key
 */
export const resolve = (
  knex: Knex,
  serviceId: string,
  hash: Buffer,
): Promise<{ alerts: Resolved[]; changes: InboxChange[] }> => call(knex, "resolve", serviceId, hash);

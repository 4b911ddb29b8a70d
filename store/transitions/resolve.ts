import type { Knex } from "knex";
import { call } from "../db/transitions.ts";
import type { InboxChange } from "../notifications/inbox.ts";
import { followSoon } from "./follow.ts";

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
 * @returns no alert where nothing was sent with the key; `waiting`: those whose workflow waited for a step, so it is to be told
 */
export async function resolve(
  knex: Knex,
  serviceId: string,
  hash: Buffer,
): Promise<{ alerts: Resolved[]; changes: InboxChange[]; waiting: string[] }> {
  type Answer = { alerts: Resolved[]; changes: InboxChange[]; waiting: string[]; behind: string[] };
  const { behind, changes, ...rest } = await call<Answer>(knex, "resolve", serviceId, hash);
  const followed: InboxChange[] = [];
  for (const id of behind) followed.push(...(await followSoon(knex, id)));
  return { ...rest, changes: [...changes, ...followed] };
}

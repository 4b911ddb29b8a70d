import type { Knex } from "knex";
import { call } from "../db/transitions.ts";
import type { InboxChange } from "../notifications/inbox.ts";
import { followSoon } from "./follow.ts";

type Answer = { kind: "done"; changes: InboxChange[]; behind: boolean } | { kind: "not_found" };

/**
 * A supervisor ends an alert that nobody acknowledged, with a reason, which is redacted already.
 * @returns the changes of its people's inboxes; null where no alert of the supervisor's territories waits under this id
 */
export async function closeAlert(
  knex: Knex,
  userId: string,
  rootId: string,
  reason: string,
): Promise<InboxChange[] | null> {
  const answer = await call<Answer>(knex, "close_alert", userId, rootId, reason);
  if (answer.kind === "not_found") return null;
  return [...answer.changes, ...(answer.behind ? await followSoon(knex, rootId) : [])];
}

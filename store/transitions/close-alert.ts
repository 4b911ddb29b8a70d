import type { Knex } from "knex";
import { call } from "../db/transitions.ts";

/**
 * A supervisor ends an alert that nobody acknowledged, with a reason, which is redacted already.
 * @returns false where no alert of the supervisor's territories waits under this id
 */
export async function closeAlert(
  knex: Knex,
  userId: string,
  rootId: string,
  reason: string,
): Promise<boolean> {
  const { kind } = await call<{ kind: "done" | "not_found" }>(knex, "close_alert", userId, rootId, reason);
  return kind === "done";
}

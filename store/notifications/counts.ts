import type { InboxCounts } from "../../channels/contract.ts";
import type { Transaction } from "../db/knex.ts";
import { nameOf } from "../db/transitions.ts";

/** Counts a person's own inbox; row-level security would show a supervisor the whole territory. */
export async function countInbox(trx: Transaction, userId: string): Promise<InboxCounts> {
  const { rows } = await trx.raw(`SELECT ${nameOf("count_inbox")}(:userId) AS counts`, { userId });
  return rows[0].counts;
}

import type { Knex } from "knex";
import { actAs, type Transaction } from "../db/knex.ts";

/** The kind of work that a loop does on each of its items. */
export type Work = "arrive" | "expire" | "close" | "count" | "step" | "start" | "look" | "remind";

/** Failures of its own after which an item is parked, or said to be in trouble where it is never parked. */
export const MOST_FAILURES = 10;
/** What would be parked is an alert, or a send that was taken in: it is tried for ever, less and less often. */
const NEVER_PARKED: Work[] = ["arrive", "step", "start", "look"];
/** Until an item that failed is tried again: twice as long each time; and after how long without a failure they are counted anew. */
const FIRST_WAIT = "1 second";
const LONGEST_WAIT = "1 minute";
/** What a step waits for at most until it is looked at again: it may have lost its workflow only since. */
const LONGEST_LOOK = "5 seconds";
const FORGOTTEN_AFTER = "10 minutes";

/** An item that a loop failed at, by its id; nothing of what it is about. */
export interface Trouble {
  kind: Work;
  id: string;
  failures: number;
  /** Of the last error; never its text. */
  code: string;
  since: Date;
  again_at: Date;
  /** Since when it is not tried any more. */
  parked_at: Date | null;
}

/**
 * Counts a failure of one item, where neither PostgreSQL nor another item failed, and puts the item off.
 * @param code of the error; never its text
 * @returns how often it has failed by now, and whether it is parked from now on
 */
export async function countFailure(
  knex: Knex,
  kind: Work,
  id: string,
  code: string,
): Promise<{ failures: number; parked: boolean }> {
  return await actAs(knex, "relay", async (trx) => {
    const [counted = { failures: 0, parked_at: null }] = await countAll(trx, kind, [id], code);
    return { failures: counted.failures, parked: counted.parked_at !== null };
  });
}

/** Counts workflows that Temporal did not take, though it answers. They are tried again when their sends' claims end. */
export async function countRefused(knex: Knex, ids: string[]): Promise<void> {
  if (ids.length > 0) await actAs(knex, "relay", (trx) => countAll(trx, "start", ids, "refused"));
}

/** Counts a failure of each of several items, as the relay. */
export async function countAll(
  trx: Transaction,
  kind: Work,
  ids: string[],
  code: string,
): Promise<Pick<Trouble, "id" | "failures" | "parked_at">[]> {
  const { rows } = await trx.raw(
    `INSERT INTO troubles (kind, id, code, again_at)
     SELECT :kind, id, :code, now() + interval '${FIRST_WAIT}' FROM unnest(CAST(:ids AS uuid[])) AS id GROUP BY id ORDER BY id
     ON CONFLICT (kind, id) DO UPDATE SET code = excluded.code,
       failures = CASE WHEN ${FORGOTTEN} THEN 1 ELSE troubles.failures + 1 END,
       since = CASE WHEN ${FORGOTTEN} THEN now() ELSE troubles.since END,
       again_at = now() + least(interval '${FIRST_WAIT}' * 2 ^ CASE WHEN ${FORGOTTEN} THEN 0 ELSE least(troubles.failures, 10) END,
         CAST(:longest AS interval)),
       parked_at = CASE WHEN :parks AND NOT ${FORGOTTEN} AND troubles.failures + 1 >= :most THEN coalesce(troubles.parked_at, now()) END
     RETURNING id, failures, parked_at`,
    {
      kind,
      ids,
      code,
      most: MOST_FAILURES,
      parks: !NEVER_PARKED.includes(kind),
      longest: kind === "look" ? LONGEST_LOOK : LONGEST_WAIT,
    },
  );
  return rows;
}

/** It failed so long ago that it must have been done since. */
const FORGOTTEN = `(troubles.parked_at IS NULL AND troubles.again_at < now() - interval '${FORGOTTEN_AFTER}')`;

/** SQL that leaves out items that are parked or put off, where `id` is the column of their id. */
export const isDue = (kind: Work, id: string): string =>
  `NOT EXISTS (SELECT FROM troubles WHERE troubles.kind = '${kind}' AND troubles.id = ${id} AND (parked_at IS NOT NULL OR again_at > now()))`;

/** What failed in the last ten minutes or is parked, as somebody who may see it: what is parked first, the longest in trouble first. */
export async function listTroubles(trx: Transaction, limit: number): Promise<Trouble[]> {
  const { rows } = await trx.raw(
    `SELECT kind, id, failures, code, since, again_at, parked_at FROM troubles WHERE NOT ${FORGOTTEN}
     ORDER BY parked_at IS NULL, since, kind, id LIMIT ?`,
    [limit],
  );
  return rows;
}

/**
 * Has what failed of an item tried again at once, and its failures counted anew; as the relay.
 * @returns what was put off or parked
 */
export async function freeTroubles(
  trx: Transaction,
  id: string,
): Promise<Pick<Trouble, "kind" | "failures" | "code" | "parked_at">[]> {
  return await trx<Trouble>("troubles")
    .where({ id })
    .delete()
    .returning(["kind", "failures", "code", "parked_at"]);
}

/** Forgets what was mended of itself. */
export async function forgetTroubles(knex: Knex): Promise<void> {
  await actAs(knex, "relay", (trx) => trx.raw(`DELETE FROM troubles WHERE ${FORGOTTEN}`));
}

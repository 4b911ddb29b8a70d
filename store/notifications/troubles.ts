import type { Knex } from "knex";
import { actAs, type Transaction } from "../db/knex.ts";

/** The kinds of work that a loop does on each of its items. */
export const WORK = [
  "arrive",
  "expire",
  "close",
  "count",
  "step",
  "start",
  "look",
  "remind",
  "depart",
] as const;
export type Work = (typeof WORK)[number];

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
interface Trouble {
  kind: Work;
  id: string;
  /** Null where it is of no territory. */
  territory_id: string | null;
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
    `INSERT INTO troubles (kind, id, territory_id, code, again_at)
     SELECT :kind, failed.id, coalesce((SELECT territory_id FROM notifications WHERE notifications.id = failed.id),
       (SELECT territory_id FROM sends WHERE sends.id = failed.id)), :code, now() + interval '${FIRST_WAIT}'
     FROM unnest(CAST(:ids AS uuid[])) AS failed (id) GROUP BY failed.id ORDER BY failed.id
     ON CONFLICT (kind, id) DO UPDATE SET code = excluded.code, territory_id = excluded.territory_id,
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
export const FORGOTTEN = `(troubles.parked_at IS NULL AND troubles.again_at < now() - interval '${FORGOTTEN_AFTER}')`;

/** SQL that leaves out items that are parked or put off, where `id` is the column of their id. */
export const isDue = (kind: Work, id: string): string =>
  `NOT EXISTS (SELECT FROM troubles WHERE troubles.kind = '${kind}' AND troubles.id = ${id} AND (parked_at IS NOT NULL OR again_at > now()))`;

/**
 * Has what failed of an item tried again at once, and its failures counted anew; as the relay.
 * @returns what was put off or parked
 */
export async function freeTroubles(
  trx: Transaction,
  id: string,
): Promise<Pick<Trouble, "kind" | "territory_id" | "failures" | "code" | "parked_at">[]> {
  return await trx<Trouble>("troubles")
    .where({ id })
    .delete()
    .returning(["kind", "territory_id", "failures", "code", "parked_at"]);
}

/** Forgets what was mended of itself. */
export async function forgetTroubles(knex: Knex): Promise<void> {
  await actAs(knex, "relay", (trx) => trx.raw(`DELETE FROM troubles WHERE ${FORGOTTEN}`));
}

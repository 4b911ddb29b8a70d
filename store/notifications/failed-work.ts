import type { Knex } from "knex";
import { record } from "../audit/record.ts";
import { type Actor, actAs, switchActor, type Transaction } from "../db/knex.ts";
import { AT_MICROSECOND, microsecondsOf } from "../db/moments.ts";
import { nameOf } from "../db/transitions.ts";
import { FORGOTTEN, freeTroubles, WORK } from "./troubles.ts";

/** What may have failed: the work of a loop on one item, or a delivery. */
export const FAILED_KINDS = [...WORK, "delivery"] as const;
export type FailedKind = (typeof FAILED_KINDS)[number];

/** Work that failed, by ids, codes and counts alone. */
export interface FailedWork {
  kind: FailedKind;
  /** Of the delivery, or of what a loop works on. */
  id: string;
  /** The notification, broadcast or alert that it is about. */
  notification_id: string;
  /** Null where it is of no territory. */
  territory_id: string | null;
  /** Of a delivery; null for all others. */
  channel: string | null;
  /** Of the last error, or the reason of the delivery; never a text. */
  code: string;
  attempts: number;
  since: Date;
  /** When a loop tries it again; null where nobody does. */
  again_at: Date | null;
  /** `since`, in microseconds since 1970. */
  moment: number;
}

/** A place in the list, which is ordered newest first. */
export type FailedPlace = [moment: number, kind: string, id: string];

interface FailedFilter {
  /** Null: those that the actor may see, and what is of no territory too. */
  territories: string[] | null;
  kind: FailedKind | undefined;
  after: FailedPlace | undefined;
  limit: number;
}

/** Deliveries that failed earlier are history. */
const LISTED_FOR = "30 days";

/** Another delivery that has told the person, or may yet: nearly every failed one has such, so it is asked before what costs a look at the family. */
const TOLD = "'accepted', 'delivered', 'unknown', 'queued', 'claimed'";

const placed = (since: string, kind: string): string =>
  `(:moment::float8 IS NULL OR ${since} <= ${AT_MICROSECOND} AND (${since}, ${kind}, id) < (${AT_MICROSECOND}, :after_kind::text, :after_id::uuid))`;

/**
 * What failed and was not mended of itself, newest first, as somebody who may see it: what loops parked or put off within the last ten minutes, and the
 * deliveries of the last 30 days that failed while their people have still to be told.
 */
export async function findFailedWork(
  trx: Transaction,
  { territories, kind, after, limit }: FailedFilter,
): Promise<FailedWork[]> {
  const [moment, after_kind, after_id] = after ?? [null, null, null];
  const within = "(:territories::text[] IS NULL OR territory_id = ANY (:territories::text[]))";
  const { rows } = await trx.raw(
    `SELECT * FROM (
       (SELECT kind, id, id AS notification_id, territory_id, NULL AS channel, code, failures AS attempts, since,
          CASE WHEN parked_at IS NULL THEN again_at END AS again_at, ${microsecondsOf("since")} AS moment
        FROM troubles WHERE NOT ${FORGOTTEN} AND (:kind::text IS NULL OR kind = :kind) AND ${within} AND ${placed("since", "kind")}
        ORDER BY since DESC, kind DESC, id DESC LIMIT :limit)
       UNION ALL
       (SELECT 'delivery', id, notification_id, territory_id, channel, coalesce(reason, 'failed'), attempts, updated_at,
          NULL, ${microsecondsOf("updated_at")}
        FROM deliveries WHERE status = 'failed' AND stand_down IS NULL AND updated_at > now() - interval '${LISTED_FOR}'
          AND (:kind::text IS NULL OR :kind = 'delivery') AND ${within} AND ${placed("updated_at", "'delivery'")}
          AND NOT EXISTS (SELECT FROM deliveries AS other WHERE other.notification_id = deliveries.notification_id
            AND other.stand_down IS NULL AND other.status IN (${TOLD}))
          AND ${nameOf("owed_no_more")}(deliveries) IS NULL
        ORDER BY updated_at DESC, id DESC LIMIT :limit)) AS failed
     ORDER BY since DESC, kind DESC, id DESC LIMIT :limit`,
    { territories, kind: kind ?? null, moment, after_kind, after_id, limit },
  );
  return rows;
}

/** Its place in the list. */
export const placeOf = ({ moment, kind, id }: FailedWork): FailedPlace => [moment, kind, id];

/**
 * Has what loops failed at, of an item that the actor may see, tried again at once, on record.
 * @returns whether there was any
 */
export async function redriveWork(knex: Knex, actor: Actor, id: string): Promise<boolean> {
  return await actAs(knex, actor, async (trx) => {
    const seen = await trx("troubles").where({ id }).first("kind");
    if (seen === undefined) return false;
    await switchActor(trx, "relay");
    const freed = await freeTroubles(trx, id);
    await switchActor(trx, actor);
    const events = freed.map(({ kind, territory_id, failures, code, parked_at }) => ({
      action: "work.redrive" as const,
      outcome: "ok" as const,
      territoryId: territory_id,
      objectId: id,
      payload: { kind, failures, code, parked: parked_at !== null },
    }));
    await record(trx, actor, ...events);
    return freed.length > 0;
  });
}

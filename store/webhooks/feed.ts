import type { Knex } from "knex";
import { actAs, type Transaction } from "../db/knex.ts";
import type { ServiceIdentity } from "../people/services.ts";
import type { EventRow } from "./events.ts";

/** How often a feed notes that it is asked; a service hears for a week after it last asked. */
const NOTED_EVERY = "1 hour";
/** After this it has ended, unless a webhook keeps it; the same as in derive_events. */
const ENDS_AFTER = "7 days";
/** Numbers that are looked through at a time for those that a key reaches. */
const LOOKED_THROUGH = 5_000;

/** A part of a service's events. */
export interface FeedPage {
  events: EventRow[];
  /** The number to go on from. */
  next: number;
  /** Events after the given number are missing: they are not kept any more, or were never written. */
  gap: boolean;
  /** There are numbers beyond `next`. */
  more: boolean;
}

/** A number beyond the newest event's. */
export class AheadError extends Error {}

/**
 * Opens a service's feed with its first call, and notes that it is asked. One that has ended begins anew, behind a number that no event
 * has, so that whoever goes on from before is told of the gap.
 */
export async function openFeed(knex: Knex, serviceId: string): Promise<void> {
  await actAs(knex, `service:${serviceId}`, async (trx) => {
    const { rows } = await trx.raw(
      "SELECT FROM event_feeds WHERE service_id = ? AND asked_at > now() - ?::interval",
      [serviceId, NOTED_EVERY],
    );
    if (rows.length === 0) await open(trx, serviceId, true);
  });
}

/** Opens a feed for a webhook. One that has ended begins anew. */
export const openFeedFor = (trx: Transaction, serviceId: string): Promise<unknown> =>
  open(trx, serviceId, false);

async function open(trx: Transaction, serviceId: string, isAsked: boolean): Promise<unknown> {
  const ended =
    "(coalesce(feed.asked_at, '-infinity') < now() - :ends::interval AND NOT has_webhook(feed.service_id))";
  return await trx.raw(
    `INSERT INTO event_feeds AS feed (service_id, asked_at) VALUES (:serviceId, CASE WHEN :isAsked THEN now() END)
     ON CONFLICT (service_id) DO UPDATE SET asked_at = coalesce(excluded.asked_at, feed.asked_at),
       seq = feed.seq + ${ended}::integer, dropped = CASE WHEN ${ended} THEN feed.seq + 1 ELSE feed.dropped END`,
    { serviceId, isAsked, ends: ENDS_AFTER },
  );
}

/**
 * A service's next events after a number, at most so many, as far as the territories of its key reach.
 * @throws AheadError
 */
export async function readFeed(
  knex: Knex,
  { serviceId, territories }: Pick<ServiceIdentity, "serviceId" | "territories">,
  after: number,
  limit: number,
): Promise<FeedPage> {
  return await actAs(knex, `service:${serviceId}`, async (trx) => {
    const feed: { seq: number; dropped: number } | undefined = await trx("event_feeds")
      .where({ service_id: serviceId })
      .first("seq", "dropped");
    if (feed === undefined) return { events: [], next: after, gap: false, more: false };
    if (after > feed.seq) throw new AheadError();
    // Numbers without a gap up to the feed's: a page holds all up to its last one that the key reaches.
    const end = Math.min(feed.seq, Math.max(after, feed.dropped) + LOOKED_THROUGH);
    const events: EventRow[] = await trx("service_events")
      .where({ service_id: serviceId })
      .where("seq", ">", after)
      .where("seq", "<=", end)
      .whereIn("territory_id", [...territories])
      .orderBy("seq")
      .limit(limit);
    const next = events.length === limit ? (events.at(-1)?.seq ?? end) : end;
    return { events, next, gap: after < feed.dropped, more: next < feed.seq };
  });
}

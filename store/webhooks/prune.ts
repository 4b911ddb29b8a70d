import type { Knex } from "knex";
import { actAs } from "../db/knex.ts";

/** How long events and their deliveries are kept; days. */
export const KEPT_DAYS = 30;
/** Rows that go in one transaction. */
const BATCH = 1_000;

/**
 * Removes the oldest events of services, with their deliveries, where they are older than `days`; a feed then says up to which number.
 * @returns whether there may be more
 */
export async function pruneEvents(knex: Knex, days = KEPT_DAYS, batch = BATCH): Promise<boolean> {
  return await actAs(knex, "announcer", async (trx) => {
    const feeds: { service_id: string }[] = await trx("event_feeds").select("service_id");
    let more = false;
    for (const { service_id } of feeds) {
      const { rows }: { rows: { seq: number }[] } = await trx.raw(
        // The oldest come first, so that no more rows are read than may go.
        `SELECT seq FROM (SELECT seq, created_at FROM service_events WHERE service_id = ? ORDER BY seq LIMIT ?) AS oldest
         WHERE created_at < now() - make_interval(days => ?) ORDER BY seq`,
        [service_id, batch, days],
      );
      const last = rows.at(-1);
      if (last === undefined) continue;
      more ||= rows.length === batch;
      for (const table of ["webhook_deliveries", "service_events"])
        await trx(table).where({ service_id }).where("seq", "<=", last.seq).delete();
      await trx("event_feeds")
        .where({ service_id })
        .update({ dropped: trx.raw("greatest(dropped, ?)", [last.seq]) });
    }
    return more;
  });
}

import type { Knex } from "knex";
import { actAs } from "../db/knex.ts";
import { call } from "../db/transitions.ts";

/** Events of timelines that are read in one transaction. */
const BATCH = 500;

/** A number of timelines, and a transaction id: once all before it are over, no number up to the first is still to come. */
export interface Horizon {
  until: number;
  xid: string;
}

/** Where timelines end now; null where all of them have been read. The number is read before the transaction id is drawn. */
export async function lookAhead(knex: Knex): Promise<Horizon | null> {
  return await actAs(knex, "announcer", async (trx) => {
    const { rows } = await trx.raw(
      `SELECT pg_sequence_last_value('public.delivery_events_id_seq'::regclass) AS last, position
       FROM event_log WHERE source = 'delivery_events'`,
    );
    const { last, position }: { last: number | null; position: number } = rows[0];
    if (last === null || last <= position) return null;
    const drawn = await trx.raw("SELECT pg_current_xact_id()::text AS xid");
    return { until: last, xid: drawn.rows[0].xid };
  });
}

export interface Derived {
  /** `wait`: a transaction from before the horizon goes on; `busy`: another node does it. */
  state: "done" | "more" | "wait" | "busy";
  /** The services that have something new to hear. */
  services: string[];
}

/** Reads the next timelines up to the horizon, and writes the events of services. */
export const derive = (knex: Knex, { until, xid }: Horizon, batch = BATCH): Promise<Derived> =>
  call(knex, "derive_events", until, xid, batch);

/** The age of the oldest event of a timeline that was not read yet; s, 0 where there is none. */
export async function deriveLag(knex: Knex): Promise<number> {
  return await actAs(knex, "announcer", async (trx) => {
    const { rows } = await trx.raw(
      // The event of an accepted send bears the time of its acceptance, which may be long ago.
      `SELECT extract(epoch FROM clock_timestamp() - at)::float AS lag FROM delivery_events
       WHERE id > (SELECT position FROM event_log WHERE source = 'delivery_events') AND status <> 'accepted' ORDER BY id LIMIT 1`,
    );
    return Math.max(0, rows[0]?.lag ?? 0);
  });
}

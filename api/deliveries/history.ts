import type { Knex } from "knex";
import { raw } from "objection";
import { actAs } from "../../store/db/knex.ts";
import { AT_MICROSECOND, microsecondsOf } from "../../store/db/moments.ts";
import { namesIn } from "../../store/people/names.ts";
import type { SignedInPerson } from "../../store/people/sessions.ts";
import { placeAtMoment, toPage } from "../http/paging.ts";
import { supervisedBy } from "../middleware/supervisor.ts";
import type { DeliveriesQuery } from "./schema.ts";
import { deliveriesWithNotification, type DeliveryView } from "./timeline.ts";

/** A delivery with what the history says of its notification and its recipient. */
export interface HistoryView extends DeliveryView {
  /** Null where the person is of the territory no more. */
  name: string | null;
  /** Seconds from the sending until the acknowledgement. */
  acknowledged_after: number | null;
  /** The notification was neither acknowledged nor dismissed, and is not over. */
  open: boolean;
  /** It is open, and somebody has to acknowledge it. */
  waits: boolean;
  /** No delivery by the same channel came after it. */
  last: boolean;
  /** When it was planned, in microseconds since 1970. */
  moment: number;
}

const OPEN = "notifications.status IN ('sent', 'delivered', 'read')";
const WAITS = `${OPEN} AND notifications.escalation IS NOT NULL`;

/** One page of a supervisor's delivery history, newest first. */
export interface HistoryPage {
  items: HistoryView[];
  next: string | null;
}

/**
 * The delivery history of the territories that a person supervises.
 * @throws Problem 403 for anybody who supervises none
 */
export function createHistory(knex: Knex) {
  return async function history({ userId }: SignedInPerson, query: DeliveriesQuery): Promise<HistoryPage> {
    const rows = await actAs(knex, `user:${userId}`, async (trx) => {
      const territories = await supervisedBy(trx, userId, "Only supervisors can see the delivery history.");
      const found = deliveriesWithNotification(trx)
        .select(
          raw(
            "extract(epoch FROM notifications.acknowledged_at - notifications.created_at)::float AS acknowledged_after",
          ),
          raw(`${microsecondsOf("deliveries.created_at")} AS moment`),
          raw(`${OPEN} AS open`),
          raw(`${WAITS} AS waits`),
          raw(`NOT EXISTS (SELECT FROM deliveries AS later WHERE later.notification_id = deliveries.notification_id
            AND later.channel = deliveries.channel AND later.round > deliveries.round) AS last`),
        )
        .whereIn("deliveries.territory_id", territories)
        .castTo<Omit<HistoryView, "name">[]>();
      if (query.id !== undefined)
        void found.whereRaw("(deliveries.id = ? OR deliveries.notification_id = ?)", [query.id, query.id]);
      // By way of their inbox, which is in the order of time; a person's deliveries are of their notifications alone.
      if (query.recipient !== undefined) void found.where("notifications.user_id", query.recipient);
      if (query.category !== undefined) void found.where("notifications.category", query.category);
      if (query.priority !== undefined) void found.where("notifications.priority", query.priority);
      if (query.acknowledged === "yes") void found.whereNotNull("notifications.acknowledged_at");
      if (query.acknowledged === "no") void found.whereRaw(WAITS);
      if (query.territory !== undefined) void found.where("deliveries.territory_id", query.territory);
      if (query.channel !== undefined) void found.where("deliveries.channel", query.channel);
      if (query.status !== undefined) void found.where("deliveries.status", query.status);
      if (query.from !== undefined) void found.where("deliveries.created_at", ">=", query.from);
      if (query.to !== undefined) void found.where("deliveries.created_at", "<", query.to);
      if (query.cursor !== undefined) {
        void found.whereRaw(`(deliveries.created_at, deliveries.id) < (${AT_MICROSECOND}, :id)`, {
          ...query.cursor,
        });
      }
      const read: Omit<HistoryView, "name">[] = await found
        .orderBy([
          { column: "deliveries.created_at", order: "desc" },
          { column: "deliveries.id", order: "desc" },
        ])
        .limit(query.limit + 1);
      const names = await namesIn(trx, `user:${userId}`, read);
      return read.map((row) => Object.assign(row, { name: names.get(row.user_id) ?? null }));
    });
    return toPage(rows, query.limit, placeAtMoment);
  };
}

import type { Knex } from "knex";
import { actAs } from "../../store/db/knex.ts";
import type { SignedInPerson } from "../../store/people/sessions.ts";
import { placeInTime, toPage } from "../http/paging.ts";
import { supervisedBy } from "../middleware/supervisor.ts";
import type { DeliveriesQuery } from "./schema.ts";
import { deliveriesWithNotification, type DeliveryView } from "./timeline.ts";

/** One page of a supervisor's delivery history, newest first. */
export interface HistoryPage {
  items: DeliveryView[];
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
      const found = deliveriesWithNotification(trx).whereIn("deliveries.territory_id", territories);
      if (query.territory !== undefined) void found.where("deliveries.territory_id", query.territory);
      if (query.channel !== undefined) void found.where("deliveries.channel", query.channel);
      if (query.status !== undefined) void found.where("deliveries.status", query.status);
      if (query.from !== undefined) void found.where("deliveries.created_at", ">=", query.from);
      if (query.to !== undefined) void found.where("deliveries.created_at", "<", query.to);
      if (query.cursor !== undefined) {
        const { at, id } = query.cursor;
        void found.whereRaw("(deliveries.created_at, deliveries.id) < (?, ?)", [at, id]);
      }
      return await found
        .orderBy([
          { column: "deliveries.created_at", order: "desc" },
          { column: "deliveries.id", order: "desc" },
        ])
        .limit(query.limit + 1);
    });
    return toPage(rows, query.limit, placeInTime);
  };
}

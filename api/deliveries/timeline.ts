import type { Knex } from "knex";
import type { Category, Priority } from "../../channels/contract.ts";
import { actAs, type Actor, type Transaction } from "../../store/db/knex.ts";
import { Delivery } from "../../store/models/Delivery.ts";
import { DeliveryEvent } from "../../store/models/DeliveryEvent.ts";
import type { ServiceIdentity } from "../../store/people/services.ts";
import { Send } from "../../store/models/Send.ts";

/** A delivery with its notification's category and priority. */
export type DeliveryView = Delivery & { category: Category; priority: Priority };

/** One notification's deliveries and events, for everybody who may follow it. */
export interface Timeline {
  find(viewer: Actor, id: string): Promise<{ deliveries: DeliveryView[]; events: DeliveryEvent[] } | null>;
  ofService(service: ServiceIdentity, id: string): Promise<DeliveryView[]>;
}

/** Deliveries with their notification's category and priority, as far as the actor may see both. */
export const deliveriesWithNotification = (trx: Transaction) =>
  Delivery.query(trx)
    .join("notifications", "notifications.id", "deliveries.notification_id")
    .select("deliveries.*", "notifications.category", "notifications.priority")
    .castTo<DeliveryView[]>();

export function createTimeline(knex: Knex): Timeline {
  const deliveriesOf = (trx: Transaction, id: string) =>
    deliveriesWithNotification(trx).where({ notification_id: id }).orderBy(["round", "position"]);
  return {
    find: (viewer, id) =>
      actAs(knex, viewer, async (trx) => {
        const deliveries = await deliveriesOf(trx, id);
        const events = await DeliveryEvent.query(trx).where({ notification_id: id }).orderBy("id");
        // A send that is not persisted yet has neither, but its sender knows that it exists.
        const known = deliveries.length > 0 || events.length > 0 || (await isSender(trx, viewer, id));
        return known ? { deliveries, events } : null;
      }),
    ofService: ({ serviceId }, id) => actAs(knex, `service:${serviceId}`, (trx) => deliveriesOf(trx, id)),
  };
}

async function isSender(trx: Transaction, viewer: Actor, id: string): Promise<boolean> {
  return viewer.startsWith("service:") && (await Send.query(trx).findById(id).select("id")) !== undefined;
}

import type { Knex } from "knex";
import { actAs } from "../../store/db/knex.ts";
import { Delivery } from "../../store/models/Delivery.ts";
import type { Group } from "../../store/transitions/arrive.ts";

/** The deliveries left of a round that the notification's own workflow did not plan. */
export function createRoundLeft({ knex }: { knex: Knex }) {
  return async function roundLeft(notificationId: string, round: number): Promise<Group[]> {
    const waiting = await actAs(
      knex,
      `worker:${notificationId}`,
      async (trx) =>
        await Delivery.query(trx)
          .where({ notification_id: notificationId, round })
          .whereNotNull("redelivery_of")
          .whereIn("status", ["queued", "claimed"])
          .orderBy("position"),
    );
    const deliveries = waiting.map(({ id, channel }) => ({ deliveryId: id, channel }));
    return waiting.length === 0 ? [] : [{ notificationId, deliveries, besideMs: 60_000 }];
  };
}

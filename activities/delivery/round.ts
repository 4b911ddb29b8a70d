import type { Knex } from "knex";
import { actAs } from "../../store/db/knex.ts";
import { Delivery } from "../../store/models/Delivery.ts";
import { type Group, groupsOf } from "../work.ts";

/** What is left of a round that the notification's own workflow did not plan. */
export function createRoundLeft({ knex }: { knex: Knex }) {
  return async function roundLeft(notificationId: string, round: number): Promise<Group[]> {
    return await actAs(knex, `worker:${notificationId}`, async (trx) =>
      groupsOf(
        await Delivery.query(trx)
          .where({ notification_id: notificationId, round })
          .whereNotNull("redelivery_of")
          .whereIn("status", ["queued", "claimed"])
          .orderBy("position"),
      ),
    );
  };
}

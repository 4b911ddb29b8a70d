import { v7 as uuidv7 } from "uuid";
import type { Transaction } from "../db/knex.ts";
import { Delivery } from "../models/Delivery.ts";

/** Escalation counts its rounds from 1, at most one every 10 minutes in the end, so it never gets as far as a redelivery's. */
const FIRST_ROUND = 1_000_000;

/**
 * Plans deliveries once more, in a round of their own: `channels` in that order, in the place of `of`. The caller has made sure
 * that the actor may do so.
 * @throws PostgreSQL 23505 when another such round was begun at the same time
 */
export async function planRedelivery(
  trx: Transaction,
  of: Delivery,
  channels: string[],
): Promise<Delivery[]> {
  const { notification_id, user_id, territory_id } = of;
  const [last] = await Delivery.query(trx).where({ notification_id }).orderBy("round", "desc").limit(1);
  const round = Math.max(FIRST_ROUND, (last?.round ?? 0) + 1);
  const planned = channels.map((channel, position) => ({
    id: uuidv7(),
    notification_id,
    user_id,
    territory_id,
    channel,
    position,
    round,
    status: "queued" as const,
    redelivery_of: of.id,
  }));
  const deliveries = await Delivery.query(trx).insert(planned).returning("*");
  await trx("delivery_events").insert(
    planned.map(({ id, channel, status }) => ({
      notification_id,
      delivery_id: id,
      user_id,
      territory_id,
      channel,
      status,
      reason: channel === of.channel ? "redelivery" : "takes_over",
    })),
  );
  return deliveries;
}

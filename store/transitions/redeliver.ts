import type { Knex } from "knex";
import type { Category, Priority } from "../../channels/contract.ts";
import { call } from "../db/transitions.ts";
import { Delivery } from "../models/Delivery.ts";

/** A delivery that was planned once more, or why it was not. */
export type Redelivery =
  | { kind: "done"; delivery: Delivery; category: Category; priority: Priority; urgency: Priority }
  | { kind: "not_found" | "under_way" | "off" }
  | { kind: "over"; status: "expired" | "cancelled" };

/**
 * Plans a delivery once more by the same channel, for a supervisor of its territory, on record.
 * @param available the channels that are on
 */
export async function redeliver(
  knex: Knex,
  userId: string,
  deliveryId: string,
  available: string[],
): Promise<Redelivery> {
  const answer = await call<Redelivery>(knex, "redeliver", userId, deliveryId, available);
  return answer.kind === "done" ? { ...answer, delivery: Delivery.fromAnswer(answer.delivery) } : answer;
}

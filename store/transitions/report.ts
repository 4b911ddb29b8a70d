import type { Knex } from "knex";
import type { Priority } from "../../channels/contract.ts";
import type { Report } from "../../channels/report.ts";
import { call } from "../db/transitions.ts";

/** A round of deliveries that takes over from one that failed; to be started. */
export interface TakeOver {
  notificationId: string;
  round: number;
  /** How urgently it is delivered. */
  urgency: Priority;
}

/** Puts a provider's report on record, and plans what takes over from a delivery that failed after all. */
export const takeReport = (
  knex: Knex,
  channel: string,
  { providerId, deliveryId, status, reason }: Report,
): Promise<TakeOver[]> => call(knex, "report", channel, providerId, deliveryId, status, reason);

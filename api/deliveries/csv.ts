import type { DeliveryDto } from "../../channels/contract.ts";
import { toCsv } from "../http/csv.ts";

const COLUMNS = [
  "delivery_id",
  "notification_id",
  "user_id",
  "territory_id",
  "category",
  "priority",
  "channel",
  "status",
  "reason",
  "attempts",
  "held_until",
  "redelivery_of",
  "created_at",
  "at",
] as const satisfies (keyof DeliveryDto)[];

/** A page of the history as CSV. */
export const deliveriesCsv = (deliveries: DeliveryDto[]): string => toCsv(COLUMNS, deliveries);

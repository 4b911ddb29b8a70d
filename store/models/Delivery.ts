import type { DeliveryStatus } from "../../channels/contract.ts";
import { BaseModel } from "./base.ts";

/** One notification by one channel. */
export class Delivery extends BaseModel {
  static override tableName = "deliveries";
  declare notification_id: string;
  declare user_id: string;
  declare territory_id: string;
  declare channel: string;
  declare position: number;
  declare status: DeliveryStatus;
  declare reason: string | null;
  declare attempts: number;
  declare provider_id: string | null;
  declare created_at: Date;
  declare updated_at: Date;
  declare next_check_at: Date;
}

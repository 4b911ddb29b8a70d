import type { DeliveryStatus } from "../../channels/contract.ts";
import type { StandDown } from "../transitions/claim.ts";
import { BaseModel } from "./base.ts";

/** One notification by one channel. */
export class Delivery extends BaseModel {
  static override tableName = "deliveries";
  declare notification_id: string;
  declare user_id: string;
  declare territory_id: string;
  declare channel: string;
  declare position: number;
  /** 0 first; a later one was begun by an escalation step or an operator. */
  declare round: number;
  declare hold_until: Date | null;
  declare redelivery_of: string | null;
  /** It tells by its channel that there is nothing left to do about what `redelivery_of` brought, and how that ended; null for all others. */
  declare stand_down: StandDown["how"] | null;
  declare status: DeliveryStatus;
  declare reason: string | null;
  declare attempts: number;
  declare provider_id: string | null;
  declare created_at: Date;
  declare updated_at: Date;
  declare next_check_at: Date;
}

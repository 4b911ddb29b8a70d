import { Model } from "objection";

/** One step in the life of a notification, or of one of its deliveries. */
export class DeliveryEvent extends Model {
  static override tableName = "delivery_events";
  declare id: number;
  declare notification_id: string;
  declare delivery_id: string | null;
  declare user_id: string;
  declare territory_id: string;
  declare channel: string | null;
  declare status: string;
  declare reason: string | null;
  declare attempt: number | null;
  declare at: Date;
}

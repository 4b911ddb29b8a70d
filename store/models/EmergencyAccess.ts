import { BaseModel } from "./base.ts";

/** Something that was opened in an emergency, and what somebody else made of it. */
export class EmergencyAccess extends BaseModel {
  static override tableName = "emergency_accesses";
  declare user_id: string;
  declare territory_id: string;
  declare recipient_id: string;
  /** Null: the whole inbox in that territory. */
  declare notification_id: string | null;
  declare reason: string;
  /** False for one that an older node wrote, as it was typed, until it is redacted. */
  declare reason_redacted: boolean;
  declare opened_at: Date;
  declare expires_at: Date;
  declare reviewed_at: Date | null;
  declare reviewed_by: string | null;
  declare verdict: "justified" | "unjustified" | null;
  declare review: string | null;
  declare review_redacted: boolean;
}

import type { EscalationRules } from "../notifications/escalation.ts";
import { BaseModel } from "./base.ts";

/** Who is told next in a territory when nobody acknowledges. */
export class EscalationPolicy extends BaseModel {
  static override tableName = "escalation_policies";
  declare territory_id: string;
  declare name: string;
  /** Stands for critical notifications that name no policy; one a territory. */
  declare is_default: boolean;
  declare rules: EscalationRules;
  declare created_at: Date;
  declare deleted_at: Date | null;

  static override get jsonAttributes(): string[] {
    return ["rules"];
  }
}

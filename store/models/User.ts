import type { Role } from "../../channels/contract.ts";
import { Model } from "objection";
import { BaseModel } from "./base.ts";

/** A person who signs in. */
export class User extends BaseModel {
  static override tableName = "users";
  declare email: string;
  declare name: string;
  declare password_hash: string | null;
  declare disabled_at: Date | null;
}

/** A role in a territory, or (territory null) in the installation. */
export class Membership extends Model {
  static override tableName = "memberships";
  static override idColumn = ["user_id", "territory_id", "role"];
  declare user_id: string;
  declare territory_id: string | null;
  declare role: Role;
}

/** A hospital, clinic or region: what is inside stays inside. */
export class Territory extends BaseModel {
  static override tableName = "territories";
  declare name: string;
}

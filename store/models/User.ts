import type { Role } from "../../channels/contract.ts";
import { Model } from "objection";
import { BaseModel } from "./base.ts";

/** A person who signs in. */
export class User extends BaseModel {
  static override tableName = "users";
  declare email: string;
  declare name: string;
  declare password_hash: string | null;
  /** When an admin gave the person another email; null while they have the one that they were made with. */
  declare email_changed_at: Date | null;
  /** When an admin took off, or set anew, what signs them in at the OpenID provider. */
  declare identity_removed_at: Date | null;
  declare disabled_at: Date | null;
  /** A directory gave them another name, and no admin has written it since: no event of a calendar means them by it. */
  declare named_outside: boolean;
  declare created_at: Date;
}

/** A role in a territory, or (territory null) in the installation. */
export class Membership extends Model {
  static override tableName = "memberships";
  static override idColumn = ["user_id", "territory_id", "role"];
  declare user_id: string;
  declare territory_id: string | null;
  declare role: Role;
  /** The person is not disabled. */
  declare active: boolean;
  /** Those to whom the role is owed: who gave it, and to whom they owe theirs as admins. */
  declare because_of: string[];
}

/** A hospital, clinic or region: what is inside stays inside. */
export class Territory extends BaseModel {
  static override tableName = "territories";
  static override jsonAttributes = ["settings"];
  declare name: string;
  declare settings: Record<string, unknown>;
  declare created_at: Date;
  /** Nothing new comes in; what came stays. */
  declare archived_at: Date | null;
}

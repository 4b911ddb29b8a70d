import { Model } from "objection";
import { BaseModel } from "./base.ts";

/** What a directory outside shows; only the hash of its secret is kept. */
export class ScimToken extends BaseModel {
  static override tableName = "scim_tokens";
  declare name: string;
  declare secret_hash: Buffer;
  declare made_by: string;
  declare created_at: Date;
  declare expires_at: Date | null;
  declare revoked_at: Date | null;
  declare last_used_at: Date | null;
}

/** The parts of a person's name as a directory wrote them. */
export interface NameParts {
  display?: string | undefined;
  formatted?: string | undefined;
  given?: string | undefined;
  family?: string | undefined;
}

/** Somebody whom a directory keeps. */
export class ScimPerson extends Model {
  static override tableName = "scim_people";
  static override idColumn = "user_id";
  static override jsonAttributes = ["names"];
  declare user_id: string;
  declare external_id: string | null;
  declare names: NameParts;
  /** It was the directory that made them, and no admin. */
  declare made: boolean;
  /** It was the directory that disabled them. */
  declare disabled: boolean;
  declare created_at: Date;
  declare updated_at: Date;
}

/** A directory's group, and what an admin has it give: a role in a territory, membership in a topic of it, or both. */
export class ScimGroup extends BaseModel {
  static override tableName = "scim_groups";
  declare name: string;
  declare external_id: string | null;
  declare territory_id: string | null;
  declare role: "clinician" | "supervisor" | null;
  declare topic_id: string | null;
  declare mapped_by: string | null;
  declare created_at: Date;
  declare updated_at: Date;
}

export class ScimGroupMember extends Model {
  static override tableName = "scim_group_members";
  static override idColumn = ["group_id", "user_id"];
  declare group_id: string;
  declare user_id: string;
}

/** A role in a territory that groups gave. */
export class ScimMembership extends Model {
  static override tableName = "scim_memberships";
  static override idColumn = ["user_id", "territory_id", "role"];
  declare user_id: string;
  declare territory_id: string;
  declare role: "clinician" | "supervisor";
}

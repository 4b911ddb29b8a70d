import { BaseModel } from "./base.ts";

/** An upstream system that sends. */
export class Service extends BaseModel {
  static override tableName = "services";
  declare name: string;
  declare created_at: Date;
  declare disabled_at: Date | null;
}

/** One of a service's keys, scoped to territories; only the hash of its secret is kept. */
export class ServiceKey extends BaseModel {
  static override tableName = "service_keys";
  declare service_id: string;
  declare secret_hash: Buffer;
  declare territory_ids: string[];
  /** Of pages for which it may ask subject tokens; none: it may not. */
  declare subject_origins: string[];
  declare created_at: Date;
  declare expires_at: Date | null;
  declare revoked_at: Date | null;
  declare last_used_at: Date | null;
}

import { BaseModel } from "./base.ts";

/** An upstream system that sends. */
export class Service extends BaseModel {
  static override tableName = "services";
  declare name: string;
}

/** One of a service's keys, scoped to territories; only the hash of its secret is kept. */
export class ServiceKey extends BaseModel {
  static override tableName = "service_keys";
  declare service_id: string;
  declare secret_hash: Buffer;
  declare territory_ids: string[];
  declare expires_at: Date | null;
  declare revoked_at: Date | null;
  declare last_used_at: Date | null;
}

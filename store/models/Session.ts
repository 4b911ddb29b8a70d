import { BaseModel } from "./base.ts";

/** A signed-in person's session; only the hash of its token is kept. */
export class Session extends BaseModel {
  static override tableName = "sessions";
  declare token_hash: Buffer;
  declare user_id: string;
  declare created_at: Date;
  declare last_seen_at: Date;
  declare expires_at: Date;
  declare revoked_at: Date | null;
}

import { BaseModel } from "./base.ts";

/** A signed-in person's session; only the hash of its token is kept. */
export class Session extends BaseModel {
  static override tableName = "sessions";
  declare token_hash: Buffer;
  declare user_id: string;
  declare limited: boolean;
  declare user_agent: string | null;
  declare created_at: Date;
  declare last_seen_at: Date;
  /** When its person last showed the password or a code. */
  declare confirmed_at: Date;
  /** It ends then, whatever its person does. */
  declare expires_at: Date;
  /** It ends then unless its person does something; never after `expires_at`. */
  declare idle_until: Date;
  declare idle_seconds: number;
  declare revoked_at: Date | null;
}

import { Model } from "objection";

/** A person's authenticator; its secret is sealed, and not asked for before it is confirmed. */
export class SecondFactor extends Model {
  static override tableName = "second_factors";
  static override idColumn = "user_id";
  declare user_id: string;
  declare key_id: string;
  declare wrapped_key: Buffer;
  declare sealed: Buffer;
  /** Time step of the last code that was taken (RFC 6238, section 5.2: none is taken twice). */
  declare last_step: number;
  declare confirmed_at: Date | null;
}

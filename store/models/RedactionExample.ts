import type { Kind } from "../../redaction/index.ts";
import { BaseModel } from "./base.ts";

/** What a supervisor marked in a text: an identifier that was missed, or something that is none. */
export class RedactionExample extends BaseModel {
  static override tableName = "redaction_examples";
  declare territory_id: string;
  /** Who marked it. */
  declare user_id: string;
  /** What they are called, where it was asked for. */
  declare name?: string;
  declare verdict: "missed" | "false_alarm";
  declare kind: Kind;
  declare key_id: string;
  declare wrapped_key: Buffer;
  declare sealed: Buffer;
  declare created_at: Date;
}

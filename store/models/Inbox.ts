import { BaseModel } from "./base.ts";

/** A person's change log: its only counter, and the internal id by which the bus knows the person. */
export class Inbox extends BaseModel {
  static override tableName = "inboxes";
  declare user_id: string;
  declare seq: number;
}

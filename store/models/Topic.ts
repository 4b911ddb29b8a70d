import { Model } from "objection";
import { BaseModel } from "./base.ts";

/** A care team: people and on-call roles of a territory that sends name by one word. */
export class Topic extends BaseModel {
  static override tableName = "topics";
  declare territory_id: string;
  /** The name by which sends ask for it. */
  declare topic: string;
  declare name: string;
  /** On-call roles of the territory. */
  declare roles: string[];
  declare created_at: Date;
  declare deleted_at: Date | null;
}

/** Somebody in a topic. */
export class TopicMember extends Model {
  static override tableName = "topic_members";
  static override idColumn = ["topic_id", "user_id"];
  declare topic_id: string;
  declare territory_id: string;
  declare user_id: string;
  /** People of the house keep them there, a directory outside, or both. */
  declare by_hand: boolean;
  declare by_directory: boolean;
  declare added_at: Date;
}

import { Model } from "objection";

/** That a person is busy or away; where there is none, or its time is over, they are available. */
export class Availability extends Model {
  static override tableName = "availability";
  static override idColumn = "user_id";
  declare user_id: string;
  declare status: "busy" | "away";
  declare until: Date;
  /** Who covers them meanwhile. */
  declare delegate_id: string | null;
  /** The delegate is told in the person's place, not beside them. */
  declare instead: boolean;
}

import { Model } from "objection";

/** Base of all models. Each query names its transaction: no model is bound to a connection, so a forgotten one fails. */
export class BaseModel extends Model {
  declare id: string;
}

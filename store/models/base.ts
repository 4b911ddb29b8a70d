import { Model } from "objection";

/** Base of all models. Each query names its transaction: no model is bound to a connection, so a forgotten one fails. */
export class BaseModel extends Model {
  declare id: string;

  /** A row as a transition answers it, in JSON. */
  static fromAnswer<T extends BaseModel>(this: new () => T, row: object): T {
    const values = Object.entries(row).map(([name, value]): [string, unknown] =>
      typeof value === "string" && /_(at|until)$/.test(name) ? [name, new Date(value)] : [name, value],
    );
    return Object.assign(new this(), Object.fromEntries(values));
  }
}

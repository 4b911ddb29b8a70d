import type { Transaction } from "../../store/db/knex.ts";
import { forbidden } from "../http/errors.ts";
import { supervisedBy } from "../middleware/supervisor.ts";
import type { Group } from "./schema.ts";

/** What each group of notifications has in common, as SQL. */
export const BY: Record<Group, string> = {
  territory: "territory_id",
  category: "category",
  hour: "to_char(created_at AT TIME ZONE :zone, 'HH24')",
};

/**
 * The territories that a report is about.
 * @param one all that are supervised unless given
 * @throws Problem 403 for anybody who does not supervise that territory, or any
 */
export async function territoriesOf(
  trx: Transaction,
  userId: string,
  one: string | undefined,
): Promise<string[]> {
  const supervised = await supervisedBy(trx, userId, "Only supervisors can see reports.");
  if (one === undefined) return supervised;
  if (!supervised.includes(one)) throw forbidden("You don't supervise that territory.");
  return [one];
}

/** The rows of each group, in the order of the groups' names. */
export function grouped<T>(rows: readonly T[], nameOf: (row: T) => string): [T, ...T[]][] {
  const names = Map.groupBy(rows, nameOf);
  return [...names.keys()].sort().flatMap((name) => {
    const [first, ...rest] = names.get(name) ?? [];
    return first === undefined ? [] : [[first, ...rest]];
  });
}

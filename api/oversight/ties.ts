import type { Transaction } from "../../store/db/knex.ts";
import { Membership } from "../../store/models/User.ts";

/** How two people are bound. `made`: one of them owes a role to the other; `same`: both owe a role to the same person, who may have made either. */
export type Tie = "none" | "made" | "same";

/** The tie of each of these people to one person, by all their roles. */
export async function tiesWith(
  trx: Transaction,
  person: string,
  others: readonly string[],
): Promise<(id: string) => Tie> {
  const roles = await Membership.query(trx)
    .whereIn("user_id", [person, ...others])
    .select("user_id", "because_of");
  const owedBy = (id: string): Set<string> =>
    new Set(roles.filter(({ user_id }) => user_id === id).flatMap(({ because_of }) => because_of));
  const own = owedBy(person);
  return (id) => {
    const theirs = owedBy(id);
    if (theirs.has(person) || own.has(id)) return "made";
    return [...theirs].some((one) => own.has(one)) ? "same" : "none";
  };
}

import type { Knex } from "knex";
import { actAs } from "../../store/db/knex.ts";
import { Membership, User } from "../../store/models/User.ts";
import { readSettings } from "../../store/settings.ts";
import type { OwnMessage, OwnSends } from "../notifications/own-sends.ts";

export interface ReviewersDeps {
  knex: Knex;
  ownSends: OwnSends;
}

/**
 * Tells those who review a territory's emergency accesses: its supervisors and privacy officer.
 * @returns how many people are told other than whom it is about
 */
export async function tellReviewers(
  { knex, ownSends }: ReviewersDeps,
  what: Pick<OwnMessage, "territoryId" | "message" | "about" | "matter">,
): Promise<number> {
  const { privacy_officer } = await actAs(knex, "sign-in", (trx) => readSettings(trx, what.territoryId));
  return await ownSends.tell({
    ...what,
    roles: ["supervisor"],
    people: privacy_officer === undefined ? [] : [privacy_officer],
    title: "Emergency access",
    priority: "high",
  });
}

/** The installation's admins and auditors, who are told by email where nobody of the territory can be; without one of them. */
export async function overseers({ knex }: Pick<ReviewersDeps, "knex">, but: string): Promise<User[]> {
  return await actAs(knex, "sign-in", (trx) =>
    User.query(trx)
      .select("id", "email")
      .whereNot({ id: but })
      .whereIn(
        "id",
        Membership.query(trx)
          .where({ active: true })
          .whereNull("territory_id")
          .whereIn("role", ["admin", "auditor"])
          .select("user_id"),
      )
      .orderBy("id"),
  );
}

/**
 * How somebody who would review an access is bound to whoever opened it. `made`: one of them owes a role to the other; `same`: both owe
 * a role to the same person, who may have made either, and somebody of whom that is not so could review it too; `same-alone`: nobody could.
 */
export type Tie = "none" | "made" | "same" | "same-alone";

export async function tieBetween(
  { knex }: Pick<ReviewersDeps, "knex">,
  { reviewer, opener, territoryId }: { reviewer: string; opener: string; territoryId: string },
): Promise<Tie> {
  return await actAs(knex, "sign-in", async (trx) => {
    const { privacy_officer } = await readSettings(trx, territoryId);
    const able = await Membership.query(trx)
      .where({ territory_id: territoryId, active: true })
      .where((who) => who.where({ role: "supervisor" }).orWhere({ user_id: privacy_officer ?? "" }))
      .select("user_id");
    const others = able.map(({ user_id }) => user_id).filter((id) => id !== opener && id !== reviewer);
    const roles = await Membership.query(trx)
      .whereIn("user_id", [reviewer, opener, ...others])
      .select("user_id", "because_of");
    const owedBy = (id: string): Set<string> =>
      new Set(roles.filter(({ user_id }) => user_id === id).flatMap(({ because_of }) => because_of));
    const tieOf = (id: string): Tie => {
      const [theirs, openers] = [owedBy(id), owedBy(opener)];
      if (theirs.has(opener) || openers.has(id)) return "made";
      return [...theirs].some((one) => openers.has(one)) ? "same" : "none";
    };
    const tie = tieOf(reviewer);
    return tie === "same" && !others.some((id) => tieOf(id) === "none") ? "same-alone" : tie;
  });
}

import type { Knex } from "knex";
import { actAs } from "../../store/db/knex.ts";
import { Membership } from "../../store/models/User.ts";
import { readSettings } from "../../store/settings.ts";
import { type Tie as OwnTie, tiesWith } from "../oversight/ties.ts";

/** Whom a territory names to review its emergency accesses beside its supervisors. */
export async function privacyOfficers(knex: Knex, territoryId: string): Promise<string[]> {
  const { privacy_officer } = await actAs(knex, "sign-in", (trx) => readSettings(trx, territoryId));
  return privacy_officer === undefined ? [] : [privacy_officer];
}

/**
 * How somebody who would review an access is bound to whoever opened it. `same`: somebody who has no tie to that one could review it too; `same-alone`:
 * nobody could.
 */
export type Tie = OwnTie | "same-alone";

export async function tieBetween(
  knex: Knex,
  { reviewer, opener, territoryId }: { reviewer: string; opener: string; territoryId: string },
): Promise<Tie> {
  return await actAs(knex, "sign-in", async (trx) => {
    const { privacy_officer } = await readSettings(trx, territoryId);
    const able = await Membership.query(trx)
      .where({ territory_id: territoryId, active: true })
      .where((who) => who.where({ role: "supervisor" }).orWhere({ user_id: privacy_officer ?? "" }))
      .select("user_id");
    const others = able.map(({ user_id }) => user_id).filter((id) => id !== opener && id !== reviewer);
    const tieOf = await tiesWith(trx, opener, [reviewer, ...others]);
    const tie = tieOf(reviewer);
    return tie === "same" && !others.some((id) => tieOf(id) === "none") ? "same-alone" : tie;
  });
}

import type { Knex } from "knex";
import { actAs } from "../../store/db/knex.ts";
import { readSettings } from "../../store/settings.ts";
import type { OwnMessage, OwnSends } from "../notifications/own-sends.ts";

export interface ReviewersDeps {
  knex: Knex;
  ownSends: OwnSends;
}

/**
 * Tells those who review a territory's emergency accesses: its supervisors and privacy officer.
 * @returns how many people are told
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

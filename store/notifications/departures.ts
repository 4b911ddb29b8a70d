import type { Knex } from "knex";
import type { Lane } from "../../channels/contract.ts";
import { actAs } from "../db/knex.ts";
import { BATCH, findIds } from "./outbox.ts";
import { isDue } from "./troubles.ts";

/** Those who have left a territory, or were disabled, and whose alerts nobody has looked at since. */
export const findDepartures = (knex: Knex): Promise<string[]> =>
  findIds(
    knex,
    `SELECT id FROM departures WHERE ${isDue("depart", "departures.id")} ORDER BY at LIMIT ${BATCH}`,
  );

/** The alerts that wait for their next step and have told who left: in any order, so that one that fails keeps none of the others from their turn. */
export async function findAlertsLeft(
  knex: Knex,
  departureId: string,
): Promise<{ id: string; lane: Lane; person: string }[]> {
  return await actAs(knex, "relay", async (trx) => {
    const { rows } = await trx.raw(
      `SELECT alert.id, alert.lane, departures.user_id AS person
       FROM departures JOIN notifications AS alert ON alert.territory_id = departures.territory_id
       WHERE departures.id = ? AND alert.next_step_at > now() AND EXISTS (SELECT FROM notifications AS told
         WHERE told.send_id = alert.id AND told.user_id = departures.user_id) ORDER BY random()`,
      [departureId],
    );
    return rows;
  });
}

/** Forgets that somebody has left, once their alerts were looked at. */
export async function forgetDeparture(knex: Knex, departureId: string): Promise<void> {
  await actAs(knex, "relay", (trx) => trx("departures").where({ id: departureId }).delete());
}
